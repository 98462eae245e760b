import { defaultPayloadConverter } from "@temporalio/common";
import type {
	Headers,
	WorkflowInterceptorsFactory,
} from "@temporalio/workflow";
import type { PlanRunInput } from "../src/domain/plan-run.ts";
import {
	TRACEPARENT,
	traceparentOf,
} from "../src/domain/trace/trace-context.ts";

/**
 * Tells every activity of a plan the plan's span, in a header: what it sends and reads belongs to the plan's
 * trace. Makes no span itself, and adds no command.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
	let added: Headers = {};
	return {
		inbound: [
			{
				execute(input, next) {
					const [first] = input.args as [Partial<PlanRunInput>?];
					const text = first?.trace && traceparentOf(first.trace);
					if (text !== undefined)
						added = { [TRACEPARENT]: defaultPayloadConverter.toPayload(text) };
					return next(input);
				},
			},
		],
		outbound: [
			{
				scheduleActivity: (input, next) =>
					next({ ...input, headers: { ...input.headers, ...added } }),
				scheduleLocalActivity: (input, next) =>
					next({ ...input, headers: { ...input.headers, ...added } }),
			},
		],
	};
};
