import { ApplicationFailure } from "@temporalio/common";
import type { ActivityInboundCallsInterceptor } from "@temporalio/worker";
import { OrchestratorError } from "../errors.ts";

/** The one place where our error codes become Temporal failures. */
export const failureInterceptor: ActivityInboundCallsInterceptor = {
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
			});
		}
	},
};
