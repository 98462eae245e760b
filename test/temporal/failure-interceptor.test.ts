import assert from "node:assert/strict";
import { test } from "node:test";
import { ApplicationFailure } from "@temporalio/common";
import { OrchestratorError } from "../../src/errors.ts";
import { createFailureInterceptor } from "../../src/temporal/failure-interceptor.ts";

const waits = { initialMs: 500, coefficient: 3, maxMs: 4_000 };

async function failureOf(attempt: number, code: "STORE_UNAVAILABLE") {
	const { inbound } = createFailureInterceptor(waits)({
		info: { attempt },
	} as never);
	const failing = inbound?.execute?.({ args: [], headers: {} }, async () => {
		throw new OrchestratorError(code, "away");
	});
	return await assert
		.rejects(failing as Promise<unknown>, ApplicationFailure)
		.then(() => failing)
		.catch((error: ApplicationFailure) => error);
}

test("failure interceptor: waits grow by RETRY_BACKOFF_COEFFICIENT up to RETRY_MAX_INTERVAL_MS", async () => {
	const delays: unknown[] = [];
	for (const attempt of [1, 2, 3, 40]) {
		const failure = await failureOf(attempt, "STORE_UNAVAILABLE");
		assert.ok(failure instanceof ApplicationFailure);
		assert.equal(failure.type, "STORE_UNAVAILABLE");
		delays.push(failure.nextRetryDelay);
	}
	assert.deepEqual(delays, [500, 1_500, 4_000, 4_000]);
});
