import assert from "node:assert/strict";
import { test } from "node:test";
import { keepAnswer } from "../../src/http/keep-answer.ts";
import { openHttp } from "../support/http.ts";

test("keepAnswer: one answer for all who ask until it is there, and for a time after", async () => {
	let nowMs = 0;
	let asked = 0;
	let arrive = Promise.withResolvers<number>();
	const look = keepAnswer(
		() => {
			asked += 1;
			return arrive.promise;
		},
		1_000,
		() => nowMs,
	);
	const answers = [look(), look()];
	nowMs = 5_000;
	answers.push(look());
	arrive.resolve(1);
	assert.deepEqual(await Promise.all(answers), [1, 1, 1]);
	nowMs = 5_999;
	assert.equal(await look(), 1);
	assert.equal(asked, 1);
	nowMs = 6_000;
	arrive = Promise.withResolvers();
	arrive.resolve(2);
	assert.equal(await look(), 2);
	assert.equal(asked, 2);
});

test("keepAnswer: a failure goes to those who wait, and the next one asks anew", async () => {
	const answers = [Promise.reject(new Error("no")), Promise.resolve(1)];
	const look = keepAnswer(async () => await answers.shift(), 1_000);
	const both = [look(), look()];
	for (const one of both) await assert.rejects(one, /no/);
	assert.equal(await look(), 1);
});

test("health: however many ask, dependencies are asked once", async (t) => {
	let asked = 0;
	const check = async () => {
		asked += 1;
	};
	const { app } = await openHttp(t, {}, [{ name: "a", required: true, check }]);
	const urls = Array.from(
		{ length: 20 },
		(_, n) => ["/ready", "/health"][n % 2],
	);
	const answers = await Promise.all(urls.map((url) => app.inject(url ?? "")));
	for (const { statusCode } of answers) assert.equal(statusCode, 200);
	assert.equal(asked, 1);
});
