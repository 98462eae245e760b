import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Server } from "../../stack/server.ts";
import { serverTable } from "../../stack/server-table.ts";

const SERVERS = path.join(import.meta.dirname, "../../stack/servers");
const PORTS = [20_001, 20_002, 20_003];

test("serverTable: names and environment variables are unique", () => {
	const words = serverTable.flatMap(({ name, variable }) => [name, variable]);
	assert.equal(new Set(words).size, words.length);
});

for (const server of serverTable as readonly Server[]) {
	test(`serverTable: ${server.name} has a file of its name`, () => {
		assert.ok(readdirSync(SERVERS).includes(`${server.name}.ts`));
	});

	test(`serverTable: ${server.name} is addressed by its first port`, () => {
		assert.match(server.variable, /^[A-Z_]+$/);
		assert.ok(server.portCount >= 1);
		assert.match(server.addressOf(PORTS), /127\.0\.0\.1:20001$/);
	});

	test(`serverTable: ${server.name} is not ready where nothing listens`, async () => {
		await assert.rejects(server.ready(server.addressOf([1])));
	});
}
