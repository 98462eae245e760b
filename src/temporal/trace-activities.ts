import { defaultPayloadConverter } from "@temporalio/common";
import type { ActivityInterceptorsFactory } from "@temporalio/worker";
import { readTraceparent, TRACEPARENT } from "../domain/trace/trace-context.ts";
import { inSpan, withinSpan } from "../trace-span.ts";

/** Runs the activities of traced plans below the plan's span, each try in a span of its own. */
export const traceActivities: ActivityInterceptorsFactory = ({ info }) => ({
	inbound: {
		async execute(input, next) {
			const header = input.headers[TRACEPARENT];
			const text: unknown =
				header && defaultPayloadConverter.fromPayload(header);
			const place =
				typeof text === "string" ? readTraceparent(text) : undefined;
			if (place === undefined) return await next(input);
			const { activityType, attempt, isLocal } = info;
			const facts = {
				"temporal.activity.type": activityType,
				"temporal.activity.attempt": attempt,
				"temporal.activity.local": isLocal,
			};
			return await withinSpan(place, () =>
				inSpan(
					`activity ${activityType}`,
					facts,
					() => next(input),
					"internal",
				),
			);
		},
	},
});
