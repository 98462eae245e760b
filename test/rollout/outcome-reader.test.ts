import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { revisionText } from "../../src/domain/revision.ts";
import {
	PLAN_OUTCOMES,
	planOutcome,
} from "../../src/domain/rollout/plan-outcome.ts";
import { createOutcomeReader } from "../../src/rollout/outcome-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openMongo } from "../support/stores.ts";

function write(
	run_id: string,
	recorded_at: number,
	rollout_id = "r-1",
): DocumentWrite {
	const outcome = planOutcome({
		input: {
			...runInput(someDecision()),
			routing: {
				...{ split_revision: 1, version_weight: 10 },
				release: {
					...{ rollout_id, deployment: "d", build: "new" },
					...{ arm: "candidate", weight: 5 },
				},
			},
		},
		...{ runId: run_id, status: "SUCCESS", isDenied: false },
		...{ isTimedOut: false, fallbackReason: null, domain: null },
		...{ riskBand: "low", startedAtMs: 1, endedAtMs: 2, heldMs: 0 },
		...{ deadlineMs: null, predictedMs: null, build: null },
	});
	return {
		...{ collection: PLAN_OUTCOMES, _id: run_id, isNew: true },
		revision: revisionText(1),
		fields: { ...outcome, recorded_at },
	};
}

test("outcomes: of one rollout since a moment, oldest first; of a window the newest; and counted", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	await store.write([
		write("one", 100),
		write("three", 300),
		write("two", 200),
		write("other", 250, "r-2"),
	]);
	const reader = createOutcomeReader(mongo, 2);
	const since = await reader.readSince("r-1", 200);
	assert.deepEqual(
		since.map(({ run_id, build_assigned, build_weight, recorded_at }) => [
			...[run_id, build_assigned, build_weight, recorded_at],
		]),
		[
			["two", "new", 5, 200],
			["three", "new", 5, 300],
		],
	);
	const window = await reader.readWindow(0);
	assert.deepEqual([window.outcomes.length, window.isCut], [2, true]);
	assert.equal((await reader.readWindow(250)).isCut, false);
	assert.deepEqual(await reader.countSince(200), { V1: 3, V2: 0 });
});

test("outcomes: the same again changes nothing", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	await store.write([write("one", 100)]);
	await store.write([{ ...write("one", 900), revision: revisionText(9e12) }]);
	const [only, ...more] = await createOutcomeReader(mongo).readSince("r-1", 0);
	assert.deepEqual([only?.recorded_at, more], [100, []]);
});
