import { createTemporalCalls } from "../temporal/temporal-calls.ts";
import type { Parts } from "../wiring/parts.ts";
import { createRolloutEngine } from "./engine.ts";
import type { RolloutEngine } from "./ports.ts";

/** The engine of releases of this process's plans. */
export function openRolloutEngine({
	temporal,
	config,
}: Pick<Parts, "temporal" | "config">): RolloutEngine {
	return createRolloutEngine({
		calls: createTemporalCalls({ client: () => temporal }),
		taskQueue: config.temporal.taskQueue,
		run: { settings: config.plan, versions: config.versions },
	});
}
