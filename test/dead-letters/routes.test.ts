import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	DeadLetter,
	DeadLetterBytes,
	RedriveRequest,
} from "../../src/domain/dead-letter.ts";
import {
	deadLetter,
	letterWithBytes,
	recordBy,
	storeOf,
} from "../support/dead-letters.ts";
import { openHttp, storeAway, temporalAway } from "../support/http.ts";

const who = { actor: "ada", reason: "mended" };
const path = "/api/v1/dead-letters";

test("GET /dead-letters: pages by cursor and passes the filter on", async (t) => {
	const queries: unknown[] = [];
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: {
				read: async () => undefined,
				discard: async () => false,
				async list(query) {
					queries.push(query);
					return [1, 2, 3].map((n) => deadLetter({ offset: String(n) }));
				},
			},
		},
	});
	const first = await app.inject(`${path}?limit=2&state=open&reason=LATE`);
	assert.equal(first.statusCode, 200);
	const { dead_letters, next_cursor } = first.json();
	assert.equal(dead_letters.length, 2);
	const second = await app.inject(`${path}?limit=5&cursor=${next_cursor}`);
	assert.equal(second.json().next_cursor, null);
	assert.deepEqual(queries, [
		{ filter: { state: "open", reason: "LATE" }, after: undefined, limit: 3 },
		{
			filter: {},
			after: { dead_at: 1, id: "plans.consensus.dlq:0:2" },
			limit: 6,
		},
	]);
	for (const query of ["cursor=x", "state=lost", "limit=0", "other=1"]) {
		const refused = await app.inject(`${path}?${query}`);
		assert.equal(refused.statusCode, 400, query);
	}
});

test("GET /dead-letters/:id: shows the message, its fault and what may be done", async (t) => {
	const letters: Record<string, DeadLetter & DeadLetterBytes> = {
		a: letterWithBytes({ original: Buffer.from('{"plan_id":7}') }),
		b: letterWithBytes({
			original: Buffer.from("{broken"),
			state: "discarded",
		}),
		c: letterWithBytes({ original: Buffer.from([255, 0]) }),
		d: letterWithBytes({ original: null, corrected: Buffer.from("[1]") }),
	};
	const { app } = await openHttp(t, {
		deadLetters: { stored: storeOf(letters) },
	});
	const show = async (id: string) => (await app.inject(`${path}/${id}`)).json();
	const a = await show("a");
	assert.deepEqual(a.decoded, { plan_id: 7 });
	assert.equal(a.path, "$.plan_id");
	assert.deepEqual(a.allowed, ["redrive", "discard"]);
	assert.equal(
		Buffer.from(a.original_base64, "base64").toString(),
		'{"plan_id":7}',
	);
	const b = await show("b");
	assert.equal(b.decoded, null);
	assert.match(b.decode_error, /JSON/);
	assert.equal(b.text, "{broken");
	assert.deepEqual(b.allowed, []);
	assert.equal((await show("c")).text, null);
	const d = await show("d");
	assert.equal(d.original_base64, null);
	assert.deepEqual(d.corrected, [1]);
	const absent = await app.inject(`${path}/e`);
	assert.equal(absent.statusCode, 404);
	assert.equal(absent.json().code, "DEAD_LETTER_NOT_FOUND");
});

test("POST /dead-letters/:id/discard: says who and why, 409 when it was dealt with", async (t) => {
	const records: unknown[] = [];
	let state: DeadLetter["state"] = "open";
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: {
				list: async () => [],
				read: async (id) =>
					id === "a"
						? letterWithBytes({ state, history: [recordBy("discarded", null)] })
						: undefined,
				async discard(id, { at, ...record }) {
					if (id !== "a" || state !== "open") return false;
					records.push(record);
					state = "discarded";
					return true;
				},
			},
		},
	});
	const ask = (id: string, payload: object) =>
		app.inject({ method: "POST", url: `${path}/${id}/discard`, payload });
	assert.equal((await ask("a", { reason: "x" })).statusCode, 422);
	assert.equal((await ask("a", { actor: "x" })).statusCode, 422);
	const done = await ask("a", who);
	assert.deepEqual(done.json(), {
		id: "a",
		state: "discarded",
		redrive_id: null,
	});
	assert.deepEqual(records, [
		{ action: "discarded", ...who, redrive_id: null },
	]);
	const refused = await ask("a", who);
	assert.equal(refused.statusCode, 409);
	assert.equal(refused.json().code, "COMMAND_REFUSED");
	assert.match(refused.json().detail, /is discarded by ada.*nothing/);
	assert.equal((await ask("b", who)).statusCode, 404);
});

test("POST /dead-letters/:id/redrive: sends the original or the corrected body", async (t) => {
	const requests: RedriveRequest[] = [];
	const letters: Record<string, DeadLetter & DeadLetterBytes> = {
		open: letterWithBytes(),
		done: letterWithBytes({ state: "redriven" }),
		lost: letterWithBytes({ original: null, source: null }),
		range: letterWithBytes({ original: null, last_offset: "9" }),
		elsewhere: letterWithBytes({ original: null }),
		waits: letterWithBytes(),
	};
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: storeOf(letters),
			redrives: {
				isStarted: async () => false,
				start: async (request) => void requests.push(request),
				outcome: async () =>
					requests.at(-1)?.reason === "waits"
						? undefined
						: ({
								...{ state: "finished", redriven: 1, skipped: 0 },
								...{ failed: 0, stopped_by: null },
							} as never),
				read: async () => undefined,
				stop: async () => false,
			},
		},
	});
	const ask = (id: string, payload: object) =>
		app.inject({ method: "POST", url: `${path}/${id}/redrive`, payload });
	const plain = await ask("open", who);
	assert.equal(plain.statusCode, 200);
	assert.equal(plain.json().state, "redriven");
	assert.equal(requests[0]?.corrected, null);
	assert.deepEqual(requests[0]?.selection, { kind: "ids", ids: ["open"] });
	assert.equal((await ask("lost", who)).statusCode, 422);
	assert.equal((await ask("range", who)).statusCode, 422);
	await ask("lost", { ...who, body: { b: 1, a: null } });
	assert.equal(requests[1]?.corrected, '{"a":null,"b":1}');
	// Whether Kafka still has it is seen when it is sent.
	assert.equal((await ask("elsewhere", who)).statusCode, 200);
	const waits = await ask("waits", { ...who, reason: "waits" });
	assert.equal(waits.statusCode, 202);
	assert.equal(waits.json().state, "redriving");
	assert.equal((await ask("done", who)).statusCode, 409);
	assert.equal((await ask("absent", who)).statusCode, 404);
	const deep = `{"reason":"r","actor":"a","body":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
	const answer = await app.inject({
		method: "POST",
		url: `${path}/open/redrive`,
		headers: { "content-type": "application/json" },
		payload: deep,
	});
	assert.ok(answer.statusCode < 500, answer.body);
});

test("POST /dead-letters:redrive: takes ids or a filter, and answers where to look", async (t) => {
	const requests: RedriveRequest[] = [];
	const progress = {
		state: "running",
		redriven: 1,
		skipped: 0,
		failed: 0,
		stopped_by: null,
	} as const;
	const { app } = await openHttp(t, {
		deadLetters: {
			redrives: {
				isStarted: async () => false,
				start: async (request) => void requests.push(request),
				outcome: temporalAway,
				read: async (id) => (id === "gone" ? undefined : progress),
				stop: async (id) => id === "works",
			},
		},
	});
	const post = (url: string, payload: object) =>
		app.inject({ method: "POST", url: `/api/v1/${url}`, payload });
	const started = await post("dead-letters:redrive", {
		...who,
		filter: { reason: "LATE" },
		rate_per_second: 5,
	});
	assert.equal(started.statusCode, 202);
	const [request] = requests;
	assert.equal(request?.rate_per_second, 5);
	assert.deepEqual(request?.selection, {
		kind: "filter",
		filter: { reason: "LATE" },
	});
	const location = String(started.headers.location);
	assert.deepEqual((await app.inject(location)).json(), {
		redrive_id: request?.redrive_id,
		...progress,
	});
	for (const payload of [
		who,
		{ ...who, ids: ["a"], filter: {} },
		{ ...who, ids: [] },
		{ ...who, filter: {}, rate_per_second: 0 },
		{ ...who, filter: { state: "open" } },
		{ filter: {} },
	]) {
		const refused = await post("dead-letters:redrive", payload);
		assert.equal(refused.statusCode, 422, JSON.stringify(payload));
	}
	assert.equal(
		(await post("dead-letters/redrives/works/stop", who)).statusCode,
		200,
	);
	assert.equal(
		(await post("dead-letters/redrives/over/stop", who)).statusCode,
		409,
	);
	assert.equal(
		(await post("dead-letters/redrives/gone/stop", who)).statusCode,
		404,
	);
	assert.equal((await app.inject(`${path}/redrives/gone`)).statusCode, 404);
});

test("dead letters: with MongoDB or Temporal away the answer is 503", async (t) => {
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: { list: storeAway, read: storeAway, discard: storeAway },
		},
	});
	const post = (url: string, payload: object) =>
		app.inject({ method: "POST", url, payload });
	for (const answer of [
		await app.inject(path),
		await app.inject(`${path}/a`),
		await post(`${path}/a/discard`, who),
		await post(`${path}/a/redrive`, who),
		await post(`${path}:redrive`, { ...who, filter: {} }),
	]) {
		assert.equal(answer.statusCode, 503);
		assert.equal(answer.headers["retry-after"], "5");
	}
});
