import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { longestPathsTo } from "./dag.ts";
import type { Plan, PlanTask, RiskBand } from "./plan.ts";
import type { PlanSettings, RunPredictions } from "./plan-run.ts";
import { markedNames, namesWithin } from "./redact.ts";
import {
	joinNotes,
	type MappedFields,
	noteBytes,
	withText,
} from "./text-fields.ts";
import { attemptId } from "./ticket-ids.ts";
import { LAST_TIMESTAMP_MS } from "./timestamps.ts";
import type { ValidatedPlan } from "./validate-plan.ts";
import {
	type Mapped,
	mapPriority,
	mapSecurityLevel,
	mapTaskType,
} from "./wire-words.ts";

/** Terms that all tickets of a plan share. */
export interface PlanTerms {
	plan_id: string;
	risk_band: RiskBand;
	priority: ExecutionTicket["priority"];
	/** Set when a command changed the plan's priority: allocation uses it too. */
	asked_priority?: ExecutionTicket["priority"];
	security_level: ExecutionTicket["security_level"];
	qos: ExecutionTicket["qos"];
	max_retries: number;
	/** Unix epoch, ms: the moment of C2. */
	created_at: number;
	notes: string[];
	/** Set where tickets go by what was predicted of them. */
	isPredicted?: true;
	/** Set where tickets and compensations carry marks of sensitive parameters that are not their task's own. */
	isMarked?: true;
	/** Set where a ticket's notes are cut; plans of earlier releases have them whole. */
	cutsNotes?: true;
}

/**
 * One task made executable: the fields that all its attempts share. `dependencies` are positions in the list
 * of specs.
 */
export interface TicketSpec {
	/** Logical id, which is the id of the first attempt. */
	ticket_id: string;
	task_id: string;
	task_type: ExecutionTicket["task_type"];
	description: string;
	dependencies: number[];
	/** As the plan has them. */
	parameters: Record<string, unknown>;
	required_capabilities: string[];
	estimated_duration_ms: number;
	/** What a model said when the plan was handed in, ms. */
	predicted?: readonly [p10: number, p50: number, p90: number];
	timeout_ms: number;
	/** Unix epoch, ms. */
	created_at: number;
	/** Unix epoch, ms. A promise that is watched, not a limit that kills. */
	deadline: number;
	generation: number;
	/** Set on compensations: the logical id of the ticket that is undone. */
	compensates?: string;
	metadata: Record<string, string>;
	/** By how much earlier builds took this ticket's documents for larger; see `chunkWrites`. */
	formerBytes?: number;
}

/** The estimate of a task that has none (contracts.md, "Ticket terms by risk band"). */
export const DEFAULT_ESTIMATE_MS = 60_000;

/** Retries inside one attempt, by the worker (contracts.md, "Ticket terms by risk band"). */
const maxRetriesByRisk: Record<RiskBand, number> = {
	critical: 5,
	high: 3,
	medium: 2,
	low: 1,
};

/** C2, the plan's half: terms by risk band and the intent's words. */
export function termsOf(plan: Plan, nowMs: number): PlanTerms {
	const priority = mapPriority(plan.priority);
	const security = mapSecurityLevel(plan.security_level);
	const strict = plan.risk_band === "critical" || plan.risk_band === "high";
	return {
		plan_id: plan.plan_id,
		risk_band: plan.risk_band,
		priority: priority.value,
		security_level: security.value,
		qos: {
			delivery_mode: strict ? "EXACTLY_ONCE" : "AT_LEAST_ONCE",
			consistency: strict ? "STRONG" : "EVENTUAL",
			durability: "PERSISTENT",
		},
		max_retries: maxRetriesByRisk[plan.risk_band],
		created_at: nowMs,
		notes: notesOf(priority, security),
	};
}

/**
 * C2, the tasks' half: one spec a task in topological order. The same input gives the same tickets.
 * `deadline` = creation + the sum of `timeout_ms` along the longest path that ends in the ticket (protocol.md, "Time").
 */
export function generateTickets(
	{ plan, dag, order }: ValidatedPlan,
	terms: PlanTerms,
	settings: PlanSettings,
	predictions?: RunPredictions,
): TicketSpec[] {
	const timeouts = plan.tasks.map((task) =>
		timeoutMs(estimateMs(task), settings),
	);
	const pathTimeouts = longestPathsTo(dag, timeouts, order);
	const place = new Map(order.map((node, index) => [node, index]));
	return order.map((node) => {
		const task = plan.tasks[node] as PlanTask;
		const dependencies = (dag.dependencies[node] ?? []).map(
			(next) => place.get(next) ?? 0,
		);
		const predicted = predictions?.ms[node];
		const spec = createSpec(task, dependencies, {
			terms,
			sensitive: terms.isMarked ? (plan.sensitive ?? []) : [],
			timeout_ms: timeouts[node] ?? 0,
			deadline: Math.min(
				terms.created_at + (pathTimeouts[node] ?? 0),
				LAST_TIMESTAMP_MS,
			),
		});
		return predicted === undefined ? spec : { ...spec, predicted };
	});
}

/** How long the ticket will run, as far as anybody knows: the predicted median, else the estimate. */
export function expectedMs({
	predicted,
	estimated_duration_ms,
}: Pick<TicketSpec, "predicted" | "estimated_duration_ms">): number {
	return predicted?.[1] ?? estimated_duration_ms;
}

/** `max(minimum, floor(estimate * multiplier))` (contracts.md, "Ticket terms by risk band"). */
export function timeoutMs(
	estimatedDurationMs: number,
	settings: Pick<
		PlanSettings,
		"ticketMinTimeoutMs" | "ticketTimeoutMultiplier"
	>,
): number {
	return Math.max(
		settings.ticketMinTimeoutMs,
		Math.floor(estimatedDurationMs * settings.ticketTimeoutMultiplier),
	);
}

/** The task's own estimate, else the default. */
export function estimateMs(task: PlanTask): number {
	return Math.trunc(task.estimated_duration_ms ?? DEFAULT_ESTIMATE_MS);
}

interface SpecTerms {
	terms: PlanTerms;
	/** Names that the plan marks. */
	sensitive: readonly string[];
	timeout_ms: number;
	deadline: number;
}

function createSpec(
	task: PlanTask,
	dependencies: number[],
	{ terms, sensitive, timeout_ms, deadline }: SpecTerms,
): TicketSpec {
	const type = mapTaskType(task.task_type);
	const parameters = withoutProto(task.parameters);
	// The wire has text only, as JSON too.
	const metadata = withText(task.metadata, "metadata");
	const notes = [
		...terms.notes,
		...notesOf(type),
		...parameters.notes,
		...metadata.notes,
	];
	const fields = { ...metadata.fields, ...marksOf(task, sensitive) };
	const formerBytes = noteBytes(parameters.fields, notes.length > 0);
	return {
		ticket_id: attemptId({
			planId: terms.plan_id,
			taskId: task.task_id,
			generation: 1,
			attempt: 1,
			compensation: false,
		}),
		task_id: task.task_id,
		task_type: type.value,
		description: task.description,
		dependencies,
		parameters: parameters.fields,
		required_capabilities: task.required_capabilities,
		estimated_duration_ms: estimateMs(task),
		timeout_ms,
		created_at: terms.created_at,
		deadline,
		generation: 1,
		metadata:
			notes.length === 0
				? fields
				: {
						...fields,
						mapped: terms.cutsNotes ? joinNotes(notes) : notes.join("; "),
					},
		...(formerBytes > 0 && { formerBytes }),
	};
}

/** A task's marks with those of its plan's that its parameters have: whoever shows a ticket does not see its plan. */
function marksOf(
	{ parameters, metadata }: PlanTask,
	sensitive: readonly string[],
): { sensitive?: string } {
	if (sensitive.length === 0) return {};
	const added = namesWithin(parameters, sensitive);
	if (added.length === 0) return {};
	const names = new Set([...markedNames(metadata), ...added]);
	return { sensitive: JSON.stringify([...names]) };
}

function notesOf(...mapped: Mapped<string>[]): string[] {
	return mapped.flatMap(({ note }) => (note === undefined ? [] : [note]));
}

/** It does not survive assignment to an object, so readers of the wire would lose it unseen. */
function withoutProto(fields: Record<string, unknown>): MappedFields<unknown> {
	if (!Object.hasOwn(fields, "__proto__")) return { fields, notes: [] };
	const kept = Object.entries(fields).filter(([key]) => key !== "__proto__");
	return {
		fields: Object.fromEntries(kept),
		notes: ["parameters.__proto__: left out"],
	};
}
