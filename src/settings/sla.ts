import { type Static, type TObject, Type } from "typebox";
import { count, flag, topicName } from "./setting.ts";

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
	SLA_CHECK_INTERVAL_SECONDS: count(
		30,
		3_600,
		"Seconds between two looks at a plan whose deadline is at risk; one without risk is looked at when a risk can begin, after ten times as long at the latest",
	),
	SLA_DEADLINE_WARNING_THRESHOLD: Type.Number({
		minimum: 0.01,
		maximum: 1,
		default: 0.8,
		description:
			"Share of the time up to a deadline after which it is said to approach",
		example: "0.8",
	}),
	SLA_ALERT_DEDUPLICATION_TTL_SECONDS: count(
		300,
		86_400,
		"Seconds before an alert that lasts is sent again",
	),
	SLA_MANAGEMENT_HOST: Type.Optional(
		Type.String({
			pattern: "^[A-Za-z0-9._-]+$",
			rule: "a host's name or address",
			description:
				"Host of the SLA management system, whose error budgets count; without it they are counted from this service's own results",
			example: "sla-management-system",
		}),
	),
	SLA_MANAGEMENT_PORT: count(
		8_000,
		65_535,
		"Port of the SLA management system",
	),
	SLA_MANAGEMENT_TIMEOUT_SECONDS: count(
		5,
		60,
		"Seconds the SLA management system has to answer, all tries together",
	),
	SLA_MANAGEMENT_CACHE_TTL_SECONDS: count(
		10,
		3_600,
		"Seconds that error budgets are kept in Redis before they are read again",
	),
	SLA_BUDGET_CRITICAL_THRESHOLD: Type.Number({
		minimum: 0,
		maximum: 1,
		default: 0.2,
		description: "Share of an error budget below which it is critical",
		example: "0.2",
	}),
	SLA_SLO_TARGET: Type.Number({
		minimum: 0,
		maximum: 0.99999,
		default: 0.99,
		description:
			"Share of plans that must end as SUCCESS by their deadline, for the error budget of this service's own results",
		example: "0.99",
	}),
	SLA_ALERTS_TOPIC: topicName("sla.alerts", "Topic of alerts"),
	SLA_VIOLATIONS_TOPIC: topicName("sla.violations", "Topic of violations"),
};

type SlaSettings = Static<TObject<typeof slaSettings>>;

/** The watch of deadlines. */
export function toSlaConfig(
	env: SlaSettings,
	notifications: { isOn: boolean },
) {
	return {
		isWatching: env.SLA_PROACTIVE_MONITORING_ENABLED || notifications.isOn,
		rules: {
			warningRatio: env.SLA_DEADLINE_WARNING_THRESHOLD,
			intervalMs: env.SLA_CHECK_INTERVAL_SECONDS * 1000,
			isNotifying: notifications.isOn,
		},
		repeatAfterMs: env.SLA_ALERT_DEDUPLICATION_TTL_SECONDS * 1000,
		budgets: {
			/** undefined: they are counted from our own results. */
			url:
				env.SLA_MANAGEMENT_HOST === undefined
					? undefined
					: `http://${env.SLA_MANAGEMENT_HOST}:${env.SLA_MANAGEMENT_PORT}`,
			timeoutMs: env.SLA_MANAGEMENT_TIMEOUT_SECONDS * 1000,
			cacheMs: env.SLA_MANAGEMENT_CACHE_TTL_SECONDS * 1000,
			criticalRatio: env.SLA_BUDGET_CRITICAL_THRESHOLD,
			sloTarget: env.SLA_SLO_TARGET,
		},
	};
}

type Checkpoint = "post_ticket_generation" | "post_ticket_publishing";

/** The checkpoints of plans that start from now on. */
export function checkpointSettings(env: SlaSettings): {
	slaCheckpoints?: Checkpoint[];
	slaWarningRatio: number;
} {
	const slaWarningRatio = env.SLA_DEADLINE_WARNING_THRESHOLD;
	if (!env.SLA_PROACTIVE_MONITORING_ENABLED) return { slaWarningRatio };
	const names = env.SLA_PROACTIVE_CHECKPOINTS.split(",");
	const slaCheckpoints = names.map((name) => name.trim() as Checkpoint);
	return { slaCheckpoints, slaWarningRatio };
}
