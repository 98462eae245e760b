import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { findFreePorts, isFree } from "../../stack/free-ports.ts";

test("findFreePorts: a server can listen on every port it answers", async (t) => {
	const ports = await findFreePorts(3);
	assert.equal(new Set(ports).size, 3);
	for (const port of ports) {
		const server = createServer().listen(port, "127.0.0.1");
		t.after(() => server.close());
		await once(server, "listening");
	}
});

test("findFreePorts: a port answered once is not answered again", async () => {
	const taken = new Set<number>();
	const first = await findFreePorts(2, taken);
	const second = await findFreePorts(2, taken);
	assert.equal(new Set([...first, ...second]).size, 4);
});

test("isFree: a port on which somebody listens is not", async (t) => {
	const server = createServer().listen(0, "127.0.0.1");
	t.after(() => server.close());
	await once(server, "listening");
	assert.equal(await isFree((server.address() as AddressInfo).port), false);
});
