import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { listeningPid } from "../../bench/listening-pid.ts";

test("listening pid: a loopback address's process is found while it listens", async () => {
	const server = createServer();
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	const { port } = server.address() as AddressInfo;
	assert.equal(listeningPid(`127.0.0.1:${port}`), process.pid);
	assert.equal(listeningPid(`mongodb://localhost:${port}/db`), process.pid);
	assert.equal(listeningPid(`temporal.example:${port}`), undefined);
	await new Promise((resolve) => server.close(resolve));
	assert.equal(listeningPid(`127.0.0.1:${port}`), undefined);
});
