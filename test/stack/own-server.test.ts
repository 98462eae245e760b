import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { startOwnServer } from "../../stack/own-server.ts";
import type { Installed } from "../../stack/server.ts";
import type { ServerProcess } from "../../stack/server-process.ts";
import { redis } from "../../stack/servers/redis.ts";
import { makeDirectory } from "./support/launcher.ts";

test("startOwnServer: a port that is taken in the last moment is replaced by another", async (t) => {
	const { signal } = new AbortController();
	const valkey = await redis.fetch({ report: () => {}, signal });
	const starts: number[] = [];
	const robbed: Installed = {
		kind: valkey.kind,
		async start(place) {
			const port = place.ports[0] ?? 0;
			if (starts.length === 0) await occupy(t, port);
			starts.push(port);
			return valkey.start(place);
		},
	};
	const lines: string[] = [];
	const started = await startOwnServer(redis, robbed, contextFor(lines));
	t.after(() => started.stop());
	assert.equal(starts.length, 2);
	assert.equal(started.running.address, `127.0.0.1:${starts[1]}`);
	assert.deepEqual(lines, ["redis: port taken, trying another"]);
});

test("startOwnServer: a server that ends at once fails with the end of its log", async () => {
	const broken: Installed = {
		kind: "broken",
		start: async ({ spawn }) =>
			spawn({ program: "sh", args: ["-c", "echo no such option; exit 3"] }),
	};
	const starting = startOwnServer(redis, broken, contextFor());
	await assert.rejects(starting, /redis did not start.*no such option/s);
});

test("startOwnServer: an end that nobody asked for is reported", async (t) => {
	const { signal } = new AbortController();
	const lines: string[] = [];
	const processes: ServerProcess[] = [];
	const context = contextFor(lines);
	const server = await startOwnServer(
		redis,
		await redis.fetch({ report: () => {}, signal }),
		{ ...context, recordProcess: (process) => processes.push(process) },
	);
	t.after(() => server.stop());
	processes[0]?.kill("SIGKILL");
	await processes[0]?.exited;
	assert.match(lines.join(), /redis: ended \(SIGKILL\)/);
});

function contextFor(lines: string[] = []) {
	return {
		directory: makeDirectory(),
		wantedPorts: [],
		takenPorts: new Set<number>(),
		signal: new AbortController().signal,
		report: (line: string) => lines.push(line),
		recordProcess: () => {},
	};
}

async function occupy(t: TestContext, port: number): Promise<void> {
	const stranger = createServer().listen(port, "127.0.0.1");
	t.after(() => stranger.close());
	await once(stranger, "listening");
}
