import type { PlanSla } from "../../src/domain/sla/sla-terms.ts";

export const START = 1_000_000_000_000;

/** Promised within 100 s; by its estimates it takes 40. */
export const sla = (changes: Partial<PlanSla> = {}): PlanSla => ({
	deadline: START + 100_000,
	source: "decision",
	started_at: START,
	forecast: {
		at: START,
		predicted_end: START + 40_000,
		remaining_ms: 40_000,
		late_from: START + 60_000,
		path: ["a", "b"],
		path_length: 2,
	},
	checkpoints: [],
	first_ticket_deadline: START + 90_000,
	tickets_late: 0,
	...changes,
});
