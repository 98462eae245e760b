// Long because the contract of every topic is described in one place.
import { allocationOutcomeSchema } from "../../schemas/allocation-outcome.ts";
import { approvalRequestSchema } from "../../schemas/approval-request.ts";
import { approvalResponseSchema } from "../../schemas/approval-response.ts";
import { cognitivePlanSchema } from "../../schemas/cognitive-plan.ts";
import { consolidatedDecisionSchema } from "../../schemas/consolidated-decision.ts";
import { deadLetterEnvelopeSchema } from "../../schemas/dead-letter-envelope.ts";
import { executionResultSchema } from "../../schemas/execution-result.ts";
import { jsonTicketSchema } from "../../schemas/execution-ticket.ts";
import { orchestrationIncidentSchema } from "../../schemas/orchestration-incident.ts";
import { planNotificationSchema } from "../../schemas/plan-notification.ts";
import { rolloutEventSchema } from "../../schemas/rollout-event.ts";
import { slaAlertSchema } from "../../schemas/sla-alert.ts";
import { slaViolationSchema } from "../../schemas/sla-violation.ts";
import { telemetryFrameSchema } from "../../schemas/telemetry-frame.ts";
import { letterHeaderNames as letter } from "../dead-letters/envelope.ts";
import { redriveHeaderNames as redrive } from "../dead-letters/read-letter.ts";
import {
	planHeaderNames as plan,
	TOKEN_HEADER,
} from "../domain/record-headers.ts";
import { retryHeaderNames as retry } from "../intake/retry-record.ts";
import type { TopicRole } from "../messaging/topics.ts";
import { SEAL_HEADER } from "../plans/result-tokens.ts";

export interface MessageContract {
	/** Name of the message, in PascalCase. */
	name: string;
	summary: string;
	payload: object;
}

/** How a reader recognises a repeated message. */
export interface Repeats {
	/** Runtime expressions, which form one key together: `$message.payload#/frame_id`. */
	by: readonly string[];
	/** What a reader must know about two messages with the same key. */
	note?: string;
}

/** The contract of a topic, for the AsyncAPI document. */
export interface TopicContract {
	summary: string;
	/** Whether this service sends or receives on the topic. */
	does: readonly ("send" | "receive")[];
	key: string;
	/** How readers recognise repeated messages; this service sends each at least once. */
	repeats?: Repeats;
	/** Header to its description; all values are text. */
	headers: Readonly<Record<string, string>>;
	messages: readonly MessageContract[];
}

const planHeaders = {
	[plan.planId]: "The plan",
	[plan.intentId]: "The intent the plan came from",
	[plan.source]: "The service that wrote the message",
	[plan.traceparent]: "W3C trace context, if there is one",
};

const deadLetterHeaders = {
	[letter.form]:
		"envelope, raw (the value is the message, the envelope is in the header dlq-envelope) or reference (the message was too large to be kept)",
	[letter.reason]: "The envelope's reason",
	[letter.topic]: "Where the message lay",
	[letter.partition]: "Where the message lay",
	[letter.offset]: "Where the message lay",
	[letter.envelope]: "The envelope, when the form is raw",
};

const redriveHeaders = {
	[redrive.from]: "The dead letter this was; absent when it was none",
	[redrive.attempt]: "How often it was sent back",
	[redrive.id]: "The re-drive it was part of",
};

const retryHeaders = {
	[retry.firstSeen]: "When it was first read; Unix epoch, ms",
	[retry.count]: "How often it was tried",
	[retry.reason]: "Why it is tried again",
	[retry.topic]: "Where it first lay",
	[retry.partition]: "Where it first lay",
	[retry.offset]: "Where it first lay",
	[retry.timestamp]: "When it was written; Unix epoch, ms",
	[retry.wholeBytes]:
		"What its value takes where it first lay, when not all of it is here",
};

const tokenHeaders = {
	[TOKEN_HEADER]:
		"The ticket's token (its metadata.ticket_token or its header ticket-token), if the record does not echo it; needed where TICKET_RESULT_TOKENS or TICKET_JWT_ENABLED is on",
	[SEAL_HEADER]:
		"Of a record that comes back from the dead letters or a retry topic: it had its token before",
};

const result: MessageContract = {
	name: "ExecutionResult",
	summary:
		"What became of a ticket; the first final one counts, and none that was received before its ticket was due. As JSON also CANCELLED, PREEMPTED, TIMEOUT, ERROR and the like, which are failures, and SUCCEEDED, which is a completion",
	payload: executionResultSchema,
};
const resultHeaders = {
	[plan.planId]:
		"The plan, if known: where its ticket is not known here, it is believed",
	...tokenHeaders,
	...redriveHeaders,
};

const sourceOf = (names: {
	topic: string;
	partition: string;
	offset: string;
}): string[] => [names.topic, names.partition, names.offset].map(headerPath);

const headerPath = (name: string) => `$message.header#/${name}`;

const deadLetters = (of: string): TopicContract => ({
	summary: `${of} that could not be handled`,
	does: ["send", "receive"],
	key: "The message's own key",
	repeats: { by: sourceOf(letter) },
	headers: deadLetterHeaders,
	messages: [
		{
			name: "DeadLetter",
			summary: "Why a message could not be handled, and the message itself",
			payload: deadLetterEnvelopeSchema,
		},
	],
});

const waitingResults = (when: string): TopicContract => ({
	summary: `Results whose plan was not found ${when}; a large one is replaced by the fields that a plan needs, as JSON`,
	does: ["send", "receive"],
	key: "The result's own key",
	repeats: {
		by: [...sourceOf(retry), headerPath(retry.count)],
	},
	headers: { ...resultHeaders, ...retryHeaders },
	messages: [result],
});

/** The contract of each topic. */
export const topicContracts: Record<TopicRole, TopicContract> = {
	consensus: {
		summary: "Decisions about plans; each approved one becomes a workflow",
		does: ["receive"],
		key: "The plan's id",
		headers: redriveHeaders,
		messages: [
			{
				name: "ConsolidatedDecision",
				summary: "A decision with its plan as a JSON string",
				payload: consolidatedDecisionSchema,
			},
			{
				name: "CognitivePlan",
				summary: "A bare plan: counts as approved",
				payload: cognitivePlanSchema,
			},
		],
	},
	consensusDlq: deadLetters("Decisions and plans"),
	tickets: {
		summary: "Work for agents: one ticket for each attempt at a task",
		does: ["send"],
		key: "The plan's id or the ticket's, see TICKETS_PARTITION_KEY",
		repeats: {
			by: ["$message.payload#/ticket_id"],
			note: "each attempt at a task has an id of its own, so a second attempt is no repetition",
		},
		headers: {
			...planHeaders,
			[plan.ticketId]: "The ticket",
			[plan.attempt]: "1 for the first attempt",
			[plan.traceId]: "Trace of the plan, if any",
			[plan.spanId]:
				"Span of this attempt; of the decision, when plans are not traced here",
			[plan.baggage]: "W3C baggage of a trace: plan_id and intent_id",
			[TOKEN_HEADER]:
				"Where TICKET_JWT_ENABLED is on: the attempt's JSON web token, a secret that results return",
		},
		messages: [
			{
				name: "ExecutionTicket",
				summary:
					"One attempt at a task; consumers drop duplicates by ticket_id. `dependencies` name the attempts that completed, else the newest ones at the time; where these are not first attempts, metadata.logical_dependencies has the tickets' own ids as a JSON list. metadata.ticket_token, where there is one, is a secret that results echo in result.metadata.ticket_token",
				payload: jsonTicketSchema,
			},
		],
	},
	ticketsDlq: {
		summary: "Tickets that agents gave up on; written by agents",
		does: ["receive"],
		key: "The ticket's id",
		headers: tokenHeaders,
		messages: [
			{
				name: "AbandonedTicket",
				summary: "The ticket, and why the agent gave up",
				payload: { type: "object", additionalProperties: true },
			},
		],
	},
	results: {
		summary: "What agents made of their tickets",
		does: ["receive"],
		key: "The ticket's id or the plan's",
		headers: resultHeaders,
		messages: [result],
	},
	resultsRetry: waitingResults("the first time"),
	resultsRetry2: waitingResults("the second time"),
	resultsRetry3: waitingResults("the third time"),
	resultsRetry4: waitingResults("the fourth time or later"),
	resultsDlq: deadLetters("Results"),
	incidents: {
		summary: "What a person should look at",
		does: ["send"],
		key: "The incident's id",
		repeats: { by: ["$message.payload#/incident_id"] },
		headers: {
			[plan.source]: planHeaders[plan.source],
			[plan.traceparent]: planHeaders[plan.traceparent],
		},
		messages: [
			{
				name: "OrchestrationIncident",
				summary:
					"A plan in trouble, and why. affected_tickets have the tickets' own ids and those of their newest attempts; WORKER_FAILURE only when a worker is known to have lost its lease",
				payload: orchestrationIncidentSchema,
			},
		],
	},
	slaAlerts: {
		summary: "Deadlines that may be missed, and error budgets that run out",
		does: ["send"],
		key: "The alert's id",
		repeats: {
			by: [
				"$message.payload#/alert_id",
				"$message.payload#/event_type",
				"$message.payload#/timestamp",
			],
			note: "an alert that lasts comes again under its id, with a later timestamp",
		},
		headers: { [plan.source]: "The service that wrote the message" },
		messages: [
			{
				name: "SlaAlert",
				summary:
					"A plan, a ticket or a budget in danger (ALERT), or no longer (ALERT_CLEARED)",
				payload: slaAlertSchema,
			},
		],
	},
	slaViolations: {
		summary: "Times that plans and tickets did not keep",
		does: ["send"],
		key: "The violation's id",
		repeats: { by: ["$message.payload#/violation_id"] },
		headers: { [plan.source]: "The service that wrote the message" },
		messages: [
			{
				name: "SlaViolation",
				summary:
					"A ticket or a plan ended after its deadline, or took longer than it may; one for each subject and type",
				payload: slaViolationSchema,
			},
		],
	},
	allocationOutcomes: {
		summary: "What became of each attempt that was given to a worker",
		does: ["send"],
		key: "The attempt's id",
		repeats: { by: ["$message.payload#/ticket_id"] },
		headers: { [plan.source]: "The service that wrote the message" },
		messages: [
			{
				name: "AllocationOutcome",
				summary:
					"Foretold and actual time in the worker's queue, and of execution; only with ML_ALLOCATION_OUTCOMES_ENABLED",
				payload: allocationOutcomeSchema,
			},
		],
	},
	planNotifications: {
		summary:
			"That plans ended, wait for a person or may be late; only with NOTIFICATIONS_TO_TOPIC",
		does: ["send"],
		key: "The plan's id",
		repeats: { by: ["$message.payload#/notification_id"] },
		headers: { [plan.source]: "The service that wrote the message" },
		messages: [
			{
				name: "PlanNotification",
				summary: "What happened to a plan; a webhook gets the same",
				payload: planNotificationSchema,
			},
		],
	},
	rolloutEvents: {
		summary: "What becomes of releases, from their creation to their end",
		does: ["send"],
		key: "The deployment",
		repeats: { by: ["$message.payload#/event_id"] },
		headers: { [plan.source]: "The service that wrote the message" },
		messages: [
			{
				name: "RolloutEvent",
				summary: "A step of a release, who caused it, and why",
				payload: rolloutEventSchema,
			},
		],
	},
	telemetry: {
		summary: "How each plan went",
		does: ["send"],
		key: "The plan's id",
		repeats: {
			by: ["$message.payload#/frame_id"],
			note: "of two that differ the one with the later timestamp stands; a plan that is run again has a frame of its own for each execution",
		},
		headers: planHeaders,
		messages: [
			{
				name: "TelemetryFrame",
				summary: "The state of a plan and its figures so far",
				payload: telemetryFrameSchema,
			},
		],
	},
	approvalRequests: {
		summary:
			"Plans that wait for a person; with APPROVAL_REQUESTS_FORMAT=avro the plan alone, as a CognitivePlan, with what else is known in its metadata",
		does: ["send"],
		key: "The plan's id",
		repeats: {
			by: ["$message.payload#/request_id"],
		},
		headers: {
			...planHeaders,
			[plan.reminder]: "How often it was asked before",
		},
		messages: [
			{
				name: "ApprovalRequest",
				summary: "Asks a person whether the plan may run",
				payload: approvalRequestSchema,
			},
		],
	},
	approvalResponses: {
		summary: "Answers to requests for approval",
		does: ["receive"],
		key: "The plan's id",
		headers: redriveHeaders,
		messages: [
			{
				name: "ApprovalResponse",
				summary: "What a person decided",
				payload: approvalResponseSchema,
			},
		],
	},
	approvalResponsesDlq: deadLetters("Answers to requests for approval"),
};
