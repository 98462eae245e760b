import { Type } from "typebox";
import { flag } from "./setting.ts";

/** Deadlines, forecasts and error budgets (docs/sla.md). */
export const slaSettings = {
	SLA_PROACTIVE_MONITORING_ENABLED: flag(
		true,
		"Keep a plan's forecast at its checkpoints, and watch plans whose deadline comes near",
	),
	SLA_PROACTIVE_CHECKPOINTS: Type.String({
		pattern:
			"^post_ticket_(generation|publishing)(\\s*,\\s*post_ticket_(generation|publishing))?$",
		rule: "post_ticket_generation, post_ticket_publishing or both, separated by a comma",
		default: "post_ticket_generation,post_ticket_publishing",
		description:
			"Checkpoints at which a plan keeps its forecast: when its tickets are made, and when the first are published",
		example: "post_ticket_publishing",
	}),
};
