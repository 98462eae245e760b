import assert from "node:assert/strict";
import { test } from "node:test";
import type { LearningDocument } from "../../src/prediction/learning-store.ts";
import { retrainIfDue } from "../../src/prediction/retrain.ts";
import { silentLog } from "../support/stores.ts";

const drift = { trigger: "drift" as const, reason: "BUILD drifts by 40 %" };
const document = { retrain: drift, since_training: 12 } as LearningDocument;

test("retrain: what asks for a training keeps asking while another one runs", async () => {
	let isNew = false;
	const saved: Partial<LearningDocument>[] = [];
	const written: unknown[] = [];
	const ask = () =>
		retrainIfDue(
			{
				store: {
					lease: async () => undefined,
					release: async () => undefined,
					async save(next) {
						saved.push(next);
						return next;
					},
				},
				settings: {
					...{ retrains: true, volume: 1_000, watchesDrift: true },
					...{ shadowTickets: 400, publishesOutcomes: false },
					...{ minTickets: 100, windowDays: 30 },
				},
				startTraining: async () => ({ job_id: "ml-train-1", isNew }),
				auditLog: { write: async (entry) => void written.push(entry) },
				log: silentLog,
			},
			document,
			null,
		);
	await ask();
	assert.deepEqual([saved, written], [[], []]);
	isNew = true;
	await ask();
	assert.deepEqual(saved, [{ retrain: null, since_training: 0 }]);
	assert.equal(written.length, 1);
});
