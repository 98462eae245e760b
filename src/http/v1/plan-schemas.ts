// Long because every field of plans and tickets is described in one place.
import Type from "typebox";
import { jsonTicketSchema } from "../../../schemas/execution-ticket.ts";
import {
	type PlanDocument,
	type TicketDocument,
	ticketOutcomes,
} from "../../domain/documents.ts";
import {
	finalPlanStatuses,
	openPlanStatuses,
	type PlanStatus,
	type PlanWaits,
} from "../../domain/plan-run.ts";
import type { ReadSource } from "../../plans/read-with-fallback.ts";
import { atMs, nullable, oneOf } from "../field-schemas.ts";
import { predictionSchema, queueFields } from "../prediction-schema.ts";
import { originSchema, provenanceFields } from "./origin-schemas.ts";
import {
	featureFlagsSchema,
	policyViolationSchema,
	rejectionSchema,
} from "./policy-schemas.ts";
import { planSlaSchema } from "./sla-schemas.ts";

const open = { additionalProperties: true } as const;

const revisionSchema = Type.Optional(
	Type.String({
		description:
			"Of the stored document; a workflow that is asked itself has none",
	}),
);

export const planStatusSchema = Type.Unsafe<PlanStatus>(
	Type.Enum([...openPlanStatuses, ...finalPlanStatuses]),
);
export const versionSchema = oneOf(["V1", "V2"]);
export const readSourceSchema = Type.Unsafe<ReadSource>(
	Type.Enum(["mongodb", "workflow"], {
		description: "`workflow`: MongoDB is away or has not seen this yet",
	}),
);

export const planProblemSchema = Type.Object({
	path: Type.String({ description: "JSON path, `$.tasks[3].dependencies[0]`" }),
	code: Type.String(),
	message: Type.String(),
	violation: Type.Optional(policyViolationSchema),
});
export const recordSourceSchema = Type.Object({
	topic: Type.String(),
	partition: Type.Integer(),
	offset: Type.String(),
});
const approvalWaitSchema = Type.Object(
	{
		requested_at: atMs,
		expires_at: atMs,
		published_at: nullable(atMs),
		reminders_sent: Type.Integer(),
		last_reminder_at: nullable(atMs),
		reminded_at: Type.Optional(
			Type.Array(atMs, { description: "The newest reminders" }),
		),
		request_error: nullable(Type.String()),
	},
	{ description: "The request to a person; null when no person was asked" },
);
const planStepSchema = Type.Object({
	name: oneOf(["C1", "C2", "C3", "C4", "C5", "C6"]),
	status: oneOf(["running", "completed", "failed", "skipped"]),
	started_at: atMs,
	duration_ms: nullable(
		Type.Number({
			description:
				"Time spent in it, ms: C3 and C4 are done for each batch of tickets, and the time between batches is not in it",
		}),
	),
	times: Type.Optional(Type.Integer({ description: "How often it was done" })),
	ended_at: Type.Optional(atMs),
	running_since: Type.Optional(atMs),
});
const formerRoundSchema = Type.Object(
	{
		round: Type.Integer(),
		status: planStatusSchema,
		steps: Type.Array(planStepSchema),
		finished_at: nullable(atMs),
		error_message: nullable(Type.String()),
		tickets_generated: Type.Integer(),
		tickets_completed: Type.Integer(),
	},
	{ description: "How the plan went before a rerun opened it again" },
);

export const commandRecordSchema = Type.Object({
	id: Type.String(),
	command: Type.String(),
	actor: Type.String(),
	reason: Type.String(),
	at: atMs,
	idempotency_key: nullable(Type.String()),
	command_hash: Type.String(),
	status: planStatusSchema,
	outcome: Type.String({
		description: "A sentence: the effect of the command",
	}),
	details: Type.Unsafe<Record<string, unknown>>(
		Type.Object({}, { additionalProperties: true }),
	),
	via: Type.Optional(provenanceFields.via),
	authenticated: Type.Optional(provenanceFields.authenticated),
});

export const auditHeadSchema = Type.Object(
	{
		trail: Type.Integer({
			description: "When the trail began, Unix epoch, ms",
		}),
		sequence: Type.Integer({ description: "Of its last record, from 1" }),
		hash: Type.String({ description: "Of its last record: SHA-256 in hex" }),
	},
	{ description: "Where the plan's audit trail ends" },
);

const planFields = {
	workflow_id: Type.String(),
	run_id: Type.String(),
	trace_id: Type.Optional(
		Type.String({ description: "32 hex digits; absent: it is not traced" }),
	),
	kind: oneOf(["plan", "recorded-decision"]),
	plan_id: Type.String(),
	decision_id: Type.String(),
	intent_id: Type.String(),
	correlation_id: nullable(Type.String()),
	final_decision: oneOf([
		"approve",
		"reject",
		"review_required",
		"conditional",
	]),
	domain: nullable(Type.String()),
	tenant: Type.Optional(Type.String()),
	risk_band: nullable(Type.String()),
	priority: nullable(Type.String()),
	orchestrator_version: nullable(versionSchema),
	version_fallback: Type.Optional(
		Type.Object(
			{ at: atMs, reason: Type.String() },
			{ description: "V2 failed, and the plan went on in V1's order" },
		),
	),
	plan_hash: nullable(Type.String()),
	status: planStatusSchema,
	stage: Type.String(),
	current_step: nullable(Type.String()),
	policy: Type.Object({
		c1: Type.Optional(nullable(Type.String())),
		c2: nullable(Type.String()),
		c3: nullable(Type.String()),
	}),
	feature_flags: Type.Optional(featureFlagsSchema),
	steps: Type.Array(planStepSchema),
	approval: nullable(approvalWaitSchema),
	tickets_generated: Type.Integer(),
	tickets_completed: Type.Integer(),
	tickets_failed: Type.Integer(),
	retries: Type.Integer(),
	results_duplicate: Type.Integer(),
	results_late: Type.Integer(),
	results_unknown: Type.Integer(),
	error_message: nullable(Type.String()),
	created_at: atMs,
	published_at: nullable(atMs),
	finished_at: nullable(atMs),
	valid_until: nullable(atMs),
	sla_deadline: nullable(atMs),
	slack_at: nullable(
		Type.Integer({
			description:
				"While the plan is open: when what is left of its longest path must begin to keep `sla_deadline`. Unix epoch, ms",
		}),
	),
	last_progress_at: Type.Integer({
		description: "When a step or a ticket last moved. Unix epoch, ms",
	}),
	audit_head: Type.Optional(nullable(auditHeadSchema)),
	source: nullable(recordSourceSchema),
	origin: Type.Optional(originSchema),
	revision: revisionSchema,
	updated_at: atMs,
};

/** A plan in a list: without the fields that only a single plan shows. */
export const planSummarySchema = Type.Unsafe<PlanDocument>(
	Type.Object(planFields, open),
);

export const planSchema = Type.Unsafe<
	PlanDocument & { read_source: ReadSource }
>(
	Type.Object(
		{
			...planFields,
			problems: Type.Array(planProblemSchema),
			warnings: Type.Array(planProblemSchema),
			sla: Type.Optional(planSlaSchema),
			former_rounds: Type.Optional(Type.Array(formerRoundSchema)),
			commands: Type.Array(commandRecordSchema),
			/** Why Kafka refused incidents of this plan permanently. */
			incident_errors: Type.Optional(Type.Array(Type.String())),
			stray_results: Type.Array(
				Type.Object({
					ticket_id: Type.String(),
					status: Type.String(),
					kind: oneOf(["duplicate", "late", "superseded", "unknown", "early"]),
					at: atMs,
					source: nullable(recordSourceSchema),
				}),
			),
			read_source: readSourceSchema,
		},
		open,
	),
);

export const outcomeSchema = oneOf(ticketOutcomes);

const ticketFields = {
	...jsonTicketSchema.properties,
	workflow_id: Type.String(),
	orchestrator_version: versionSchema,
	outcome: nullable(outcomeSchema),
	attempt: Type.Integer(),
	attempt_ticket_id: Type.String({ description: "Id of the newest attempt" }),
	generation: Type.Integer(),
	superseded_by: Type.Optional(
		Type.String({
			description: "The ticket that a rerun put in its place",
		}),
	),
	published_at: nullable(atMs),
	finished_at: nullable(atMs),
	compensated_at: Type.Optional(
		Type.Integer({
			description: "When it was undone; `completed_at` stays. Unix epoch, ms",
		}),
	),
	compensates: nullable(
		Type.String({ description: "Id of the ticket that this one undoes" }),
	),
	agent_id: nullable(Type.String()),
	output: Type.Object({}, { additionalProperties: Type.String() }),
	allocation_metadata: nullable(
		Type.Object({
			allocated_at: atMs,
			agent_id: nullable(Type.String()),
			priority_score: Type.Number(),
			allocation_method: Type.String(),
			workers_evaluated: Type.Integer(),
			view_age_ms: Type.Optional(
				Type.Integer({
					description:
						"The registry was away: how old what was last known of the workers was, ms",
				}),
			),
			agent_score: Type.Optional(Type.Number()),
			composite_score: Type.Optional(Type.Number()),
			deciding_term: Type.Optional(Type.String()),
			overflow: Type.Optional(Type.Boolean()),
			...queueFields,
		}),
	),
	predictions: Type.Optional(predictionSchema),
	rejection_metadata: Type.Optional(rejectionSchema),
	order: Type.Integer({ description: "Position in the plan's tickets" }),
	revision: revisionSchema,
	updated_at: atMs,
};

export const ticketInListSchema = Type.Unsafe<TicketDocument>(
	Type.Object(ticketFields, open),
);

export const ticketSchema = Type.Unsafe<
	TicketDocument & { read_source: ReadSource; cached: boolean }
>(
	Type.Object(
		{ ...ticketFields, read_source: readSourceSchema, cached: Type.Boolean() },
		open,
	),
);

export const planWaitsSchema = Type.Unsafe<
	PlanWaits & { read_source: ReadSource }
>(
	Type.Object({
		plan_id: Type.String(),
		status: planStatusSchema,
		summary: Type.String(),
		waits: Type.Array(
			Type.Object({
				what: oneOf([
					"approval",
					"resume",
					"result",
					"retry",
					"kafka",
					"mongodb",
					"ledger",
					"compensation",
					"policy",
					"capacity",
					"workflow-task",
				]),
				ticket_id: Type.Optional(Type.String()),
				task_id: Type.Optional(Type.String()),
				since_ms: atMs,
				until_ms: Type.Optional(atMs),
				attempts: Type.Optional(Type.Integer()),
				error: Type.Optional(
					Type.String({
						description:
							"Of a workflow task that fails: its error; of policies: why they do not decide",
					}),
				),
				unblocked_by: Type.String(),
			}),
		),
		total: Type.Integer(),
		read_source: readSourceSchema,
	}),
);
