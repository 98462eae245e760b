import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	DeadLetter,
	DeadLetterBytes,
	RedriveRequest,
} from "../../src/domain/dead-letter.ts";
import { deadLetter } from "../support/dead-letters.ts";
import { openHttp } from "../support/http.ts";

const who = { actor: "ada", reason: "mended" };
const path = "/api/v1/dead-letters";

const stored = (): DeadLetter & DeadLetterBytes => ({
	...deadLetter(),
	corrected: null,
});

test("POST /dead-letters/:id/discard: the same key again is answered as the first time, another request under it 422", async (t) => {
	const letter = stored();
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: {
				list: async () => [],
				read: async () => letter,
				async discard(_id, record) {
					if (letter.state !== "open") return false;
					letter.history.push(record);
					letter.state = "discarded";
					return true;
				},
			},
		},
	});
	const ask = (key: string, payload: object) =>
		app.inject({
			method: "POST",
			url: `${path}/a/discard`,
			headers: { "idempotency-key": key },
			payload,
		});
	const first = await ask("k-1", who);
	const again = await ask("k-1", who);
	assert.deepEqual([first.statusCode, again.statusCode], [200, 200]);
	assert.equal(again.body, first.body);
	assert.equal(letter.history.length, 1);
	const other = await ask("k-1", { ...who, reason: "another" });
	assert.equal(other.statusCode, 422);
	assert.equal(other.json().code, "IDEMPOTENCY_KEY_REUSED");
	assert.equal((await ask("k-2", who)).statusCode, 409);
	assert.equal((await ask("with spaces", who)).statusCode, 400);
});

test("POST /dead-letters/:id/redrive: the same key again asks for no other re-drive", async (t) => {
	const started = new Map<string, RedriveRequest>();
	const letter = stored();
	const { app } = await openHttp(t, {
		deadLetters: {
			stored: {
				list: async () => [],
				discard: async () => false,
				read: async () => letter,
			},
			redrives: {
				isStarted: async ({ redrive_id }) => started.has(redrive_id),
				async start(request) {
					started.set(request.redrive_id, request);
					letter.state = "redriven";
				},
				outcome: async () => ({ redriven: 1 }) as never,
				read: async () => undefined,
				stop: async () => false,
			},
		},
	});
	const ask = (url: string, key: string, payload: object = who) =>
		app.inject({
			method: "POST",
			url,
			headers: { "idempotency-key": key },
			payload,
		});
	const first = await ask(`${path}/a/redrive`, "k-1");
	const again = await ask(`${path}/a/redrive`, "k-1");
	assert.deepEqual([first.statusCode, again.statusCode], [200, 200]);
	assert.equal(again.body, first.body);
	assert.equal(started.size, 1);
	assert.equal((await ask(`${path}/a/redrive`, "k-2")).statusCode, 409);
	const many = { ...who, filter: {} };
	const ids = await Promise.all(
		["k-3", "k-3", "k-4"].map(async (key) => {
			const answer = await ask(`${path}:redrive`, key, many);
			return answer.json().redrive_id;
		}),
	);
	assert.equal(ids[0], ids[1]);
	assert.notEqual(ids[0], ids[2]);
});
