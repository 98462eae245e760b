import type { SchedulableWorker } from "../../src/domain/scheduling/eligibility.ts";

/** A healthy worker nobody has measured, with four slots. */
export function workerOf(
	agent_id: string,
	facts: Partial<SchedulableWorker> = {},
): SchedulableWorker {
	return {
		agent_id,
		capabilities: [],
		namespace: "default",
		security_level: "INTERNAL",
		status: "HEALTHY",
		slots: 4,
		active_tasks: null,
		telemetry: null,
		paused: null,
		...facts,
	};
}
