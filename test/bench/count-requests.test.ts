import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";

const here = import.meta.dirname;
const counter = path.join(here, "..", "..", "bench", "count-requests.ts");

test("bench: what a process writes to a server is counted, by the request's name", async (t) => {
	const server = createServer((socket) => {
		socket.on("error", () => undefined);
		socket.pipe(socket);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const child = fork(path.join(here, "connect-and-write.ts"), [String(port)], {
		execArgv: ["--import", counter],
		env: {
			...process.env,
			BENCH_SERVER_PORTS: JSON.stringify({ [port]: "kafka" }),
		},
	});
	t.after(() => child.kill("SIGKILL"));
	assert.deepEqual(await once(child, "message"), ["answered", undefined]);
	child.send("counts");
	const [answer] = await once(child, "message");
	assert.deepEqual(answer, { counts: { "kafka.fetch": 1 } });
});
