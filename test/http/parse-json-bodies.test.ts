import assert from "node:assert/strict";
import { test } from "node:test";
import { EXACT_KEY } from "../../src/domain/exact-number.ts";
import { toJson } from "../../src/domain/json-text.ts";
import { openHttp } from "../support/http.ts";

test("parseJsonBodies: JSON by the rules of Kafka, whatever the route", async (t) => {
	const taken: string[] = [];
	const { app } = await openHttp(t, {
		decisions: {
			accept: async (value: unknown) => {
				taken.push(toJson(value));
				return {
					kind: "refused",
					code: "MESSAGE_INVALID",
					reason: "a test",
					hint: "",
					problems: [],
				};
			},
		},
	});
	const send = async (payload: string | Buffer) => {
		const response = await app.inject({
			method: "POST",
			url: "/api/v1/plans",
			headers: { "content-type": "application/json" },
			payload,
		});
		const { code, detail } = response.json();
		return `${response.statusCode} ${code}: ${detail}`;
	};
	for (const text of [
		'{"n":7615917337495251231,"e":1e400,"d":0.1}',
		'{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
	]) {
		assert.match(await send(text), /^422 MESSAGE_INVALID/);
		assert.equal(taken.pop(), text);
	}
	assert.match(await send("\ufeff[1]"), /^422 MESSAGE_INVALID/);
	assert.equal(taken.pop(), "[1]");
	assert.match(
		await send(Buffer.from('{"plan_id":"caf\xe9"}', "latin1")),
		/^400 REQUEST_INVALID: .*no UTF-8/,
	);
	assert.match(await send(""), /^400 REQUEST_INVALID: .*empty/);
	assert.match(await send("{"), /^400 REQUEST_INVALID: .*JSON/);
	assert.match(
		await send(`{"${EXACT_KEY}":"7"}`),
		/^422 REQUEST_INVALID: .*is kept for this service/,
	);
	assert.match(
		await send("[1e1234567890]"),
		/^422 REQUEST_INVALID: .*exponent/,
	);
	assert.deepEqual(taken, []);
});
