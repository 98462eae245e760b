import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import {
	DAY_MS,
	decision,
	NOW_MS,
	openIntake,
	reject,
	written,
} from "../support/intake-with-archive.ts";

const away = new OrchestratorError("STORE_UNAVAILABLE", "away");

test("checkArchive: while MongoDB is away a young decision goes on, an old one waits", async () => {
	const { accept } = openIntake({ away });
	assert.equal((await accept()).kind, "started");
	const silent = { ...decision, created_at: undefined };
	assert.equal((await accept(silent)).kind, "started");
	await assert.rejects(accept(decision, NOW_MS - DAY_MS), away);
	await assert.rejects(accept(silent, NOW_MS - DAY_MS), away);
	await assert.rejects(accept(reject, NOW_MS - DAY_MS), away);
});

test("checkArchive: what Redis knows is a duplicate while MongoDB is away", async () => {
	const { accept, calls } = openIntake({ away, processed: written });
	const { kind } = await accept(decision, NOW_MS - DAY_MS);
	assert.equal(kind, "duplicate");
	assert.deepEqual(calls, ["find"]);
});

test("checkArchive: an old decision that is published anew waits while MongoDB is away", async () => {
	const { accept, calls } = openIntake({ away });
	const old = { ...decision, created_at: NOW_MS - DAY_MS };
	await assert.rejects(accept(old), away);
	assert.deepEqual(calls, ["find"]);
});

test("checkArchive: by REST only the decision itself says how old it is", async () => {
	const { accept, calls } = openIntake({ away });
	const ask = (created_at: number | undefined) =>
		accept({ ...decision, created_at }, NOW_MS, "rest");
	for (const created_at of [undefined, NOW_MS - DAY_MS, NOW_MS + DAY_MS]) {
		await assert.rejects(ask(created_at), (error: OrchestratorError) => {
			assert.equal(error.code, "STORE_UNAVAILABLE");
			assert.match(String(error.details.hint), /created_at/);
			return true;
		});
	}
	assert.ok(!calls.includes("start"), "nothing ran");
	assert.equal((await ask(NOW_MS - DAY_MS / 4)).kind, "started");
});
