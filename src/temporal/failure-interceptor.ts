import { ApplicationFailure } from "@temporalio/common";
import type { ActivityInterceptorsFactory } from "@temporalio/worker";
import { OrchestratorError } from "../errors.ts";

/** Waits between the tries of a durable activity: the first, and how they grow. */
export interface RetryWaits {
	initialMs: number;
	coefficient: number;
	maxMs: number;
}

/**
 * The one place where our error codes become Temporal failures. They carry the wait before the next try, so
 * that it is this worker's setting and no part of workflow code.
 */
export function createFailureInterceptor(
	waits: RetryWaits,
): ActivityInterceptorsFactory {
	return ({ info }) => ({
		inbound: {
			async execute(input, next) {
				try {
					return await next(input);
				} catch (error) {
					if (!(error instanceof OrchestratorError)) throw error;
					throw ApplicationFailure.create({
						message: error.message,
						type: error.code,
						nonRetryable: !error.retryable,
						details: [error.details],
						nextRetryDelay: waitAfter(info.attempt, waits),
					});
				}
			},
		},
	});
}

/** The wait after so many tries, in ms. */
export function waitAfter(
	attempt: number,
	{ initialMs, coefficient, maxMs }: RetryWaits,
): number {
	return Math.round(Math.min(initialMs * coefficient ** (attempt - 1), maxMs));
}
