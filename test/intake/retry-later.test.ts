import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createRetryLater } from "../../src/intake/retry-later.ts";
import { firstDelivery } from "../../src/intake/retry-record.ts";
import { retrySteps } from "../../src/intake/retry-steps.ts";
import type { SkippedRecords } from "../../src/plans/records.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import {
	keepMetrics,
	keepSent,
	someRead,
	someRecord,
} from "../support/intake-stand-ins.ts";

function open(code: "PUBLISH_REFUSED" | "PUBLISH_UNCONFIRMED") {
	const aside: SkippedRecords[] = [];
	const metrics = keepMetrics();
	const retryLater = createRetryLater({
		steps: retrySteps(["retry"], 1),
		maxAgeMs: 1_000,
		producer: keepSent(() => {
			throw new OrchestratorError(code, "too large");
		}),
		tokens: createResultTokens([], []),
		putDeadLetter: async () => assert.fail("not old yet"),
		setAside: async (skipped) => void aside.push(skipped),
		metrics,
		now: () => 7,
	});
	const original = someRecord({ topic: "execution.results", offset: "41" });
	const retry = () =>
		retryLater(firstDelivery(original, 7), someRead(), {
			...{ why: "run-unknown", claim: undefined },
		});
	return { aside, metrics, retry, original };
}

test("retry later: what the retry topic never takes is set aside where it lies", async () => {
	const { aside, metrics, retry, original } = open("PUBLISH_REFUSED");
	await retry();
	const [{ firstOffset, lastOffset, topic, code, record } = assert.fail()] =
		aside;
	assert.deepEqual(
		[topic, firstOffset, lastOffset, code, record],
		["execution.results", "41", "41", "SET_ASIDE", original],
	);
	assert.deepEqual(metrics.lines, []);
});

test("retry later: while Kafka is away nothing is set aside, and it comes again", async () => {
	const { aside, retry } = open("PUBLISH_UNCONFIRMED");
	await assert.rejects(retry(), { code: "PUBLISH_UNCONFIRMED" });
	assert.deepEqual(aside, []);
});
