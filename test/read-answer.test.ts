import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { countKeys } from "../src/http/access/jwks-address.ts";
import { AnswerTooLarge, fetchAtMost } from "../src/read-answer.ts";

/** Answers with so many bytes of white space before an empty set of keys. */
async function serve(t: TestContext, bytes: number, status = 200) {
	const server = createServer((_, reply) => {
		reply.writeHead(status);
		reply.end(`${" ".repeat(bytes)}{"keys":[]}`);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("fetchAtMost: an answer is read up to its limit, and not at all when it is none", async (t) => {
	const ask = fetchAtMost(1_000);
	const good = await ask(await serve(t, 900), {});
	assert.deepEqual([good.status, await good.json()], [200, { keys: [] }]);
	await assert.rejects(ask(await serve(t, 1_000), {}), AnswerTooLarge);
	assert.equal((await ask(await serve(t, 1_000, 503), {})).status, 503);
});

test("countKeys: an identity provider that answers without end is none", async (t) => {
	assert.equal(await countKeys(await serve(t, 900)), 0);
	await assert.rejects(countKeys(await serve(t, 2_000_000)), AnswerTooLarge);
});
