import { Type } from "typebox";
import { count, durationMs, flag, HOUR_MS } from "./setting.ts";

/** How plans and their tickets are run. */
export const planSettings = {
	ORCHESTRATION_V2_ENABLED: flag(
		true,
		"Let plans that name no version run under V2; stands until somebody sets the split (orchestrator routing set)",
	),
	ORCHESTRATION_V2_PERCENTAGE: Type.Number({
		minimum: 0,
		maximum: 100,
		default: 0,
		description:
			"Share of the plans that name no version which runs under V2, by a stable hash of the plan id; stands until somebody sets the split",
		example: "25",
	}),
	TICKETS_PARTITION_KEY: Type.Enum(["auto", "plan", "ticket"], {
		default: "auto",
		description:
			"Kafka key of tickets: the plan's id, the ticket's, or by version (V1 plan, V2 ticket)",
		example: "auto",
	}),
	TICKET_MAX_ATTEMPTS: count(
		2,
		100,
		"Publications of one ticket at most, before it has failed for good",
	),
	TICKET_RETRY_BACKOFF_MS: durationMs(
		5_000,
		"Wait before a ticket's second attempt; doubled for each further one",
		0,
	),
	TICKET_QUEUE_ALLOWANCE_MS: durationMs(
		60_000,
		"Time a ticket may wait for a worker, added to its time-out",
		0,
	),
	TICKET_WORKER_BACKOFF_MS: durationMs(
		2_000,
		"Wait of a worker before it tries a ticket again, doubled for each further try; all of them are added to the ticket's time-out (62 s in the critical band)",
		0,
	),
	TICKET_RESULT_TOKENS: flag(
		false,
		"Give every ticket a token that its results must echo; a result without it is a dead letter",
	),
	TICKET_RESULT_TOKEN_KEYS: Type.Optional(
		Type.String({
			secret: true,
			pattern: "^[^\\s,]{32,}([\\s,]+[^\\s,]{32,})?$",
			rule: "one or two keys of at least 32 characters each, between them a comma or a line's end",
			description:
				"Keys of TICKET_RESULT_TOKENS: the first signs, both verify. A new key is added behind the old one everywhere, then put before it, then the old one is taken out when its tickets have ended",
			example: "secret-of-at-least-32-characters-0",
		}),
	),
	AUDIT_SIGNING_KEYS: Type.Optional(
		Type.String({
			secret: true,
			pattern: "^[^\\s,]{32,}([\\s,]+[^\\s,]{32,})?$",
			rule: "one or two keys of at least 32 characters each, between them a comma or a line's end",
			description:
				"Keys by which the end of every audit trail is signed: the first signs, both verify. Workers and api need them; a key goes when no plan is left that it signed",
			example: "secret-of-at-least-32-characters-0",
		}),
	),
	AUDIT_SIGNED_SINCE: Type.Optional(
		Type.String({
			pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$",
			rule: "a moment in UTC, as 2026-11-30T00:00:00Z",
			description:
				"When AUDIT_SIGNING_KEYS was set: trails that began before may be without a signature; unset: none may",
			example: "2026-11-30T00:00:00Z",
		}),
	),
	SLA_TICKET_MIN_TIMEOUT_MS: durationMs(
		60_000,
		"Least time-out of a ticket's execution",
	),
	SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER: Type.Number({
		minimum: 1,
		maximum: 1_000,
		default: 3,
		description: "Time-out of a ticket as a multiple of its estimated duration",
		example: "3.0",
	}),
	PLAN_MAX_DURATION_MS: durationMs(
		4 * HOUR_MS,
		"Limit of a plan, counted from the end of its approval",
	),
	PLAN_MAX_TASKS: count(10_000, 1_000_000, "Tasks a plan may have"),
	APPROVAL_TIMEOUT_MS: durationMs(
		24 * HOUR_MS,
		"Time a plan waits for approval when neither it nor its decision names an end",
	),
	APPROVAL_REMINDER_INTERVAL_MS: durationMs(
		4 * HOUR_MS,
		"Interval at which a plan that waits for approval asks again; 0: never",
		0,
	),
	ORPHAN_WATCH_INTERVAL_MS: durationMs(
		60_000,
		"Interval at which plans without progress are looked at: whether their run was ended from outside, or cannot work",
		1_000,
	),
	ORPHAN_WATCH_QUIET_MS: durationMs(
		300_000,
		"Time a plan has made no progress before it is looked at so",
		1_000,
	),
	APPROVAL_REQUIRE_PLAN_HASH: flag(
		false,
		"Refuse an approval that does not name the plan's hash, of plans that start while it is set",
	),
	TELEMETRY_DRAIN_INTERVAL_MS: durationMs(
		30_000,
		"Interval at which buffered telemetry frames are published again",
		1_000,
	),
};
