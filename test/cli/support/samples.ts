import type { DeadLetterView } from "../../../src/cli/render/dead-letter.ts";
import type { GraphAnswer } from "../../../src/cli/render/graph-view.ts";
import type { PlanView } from "../../../src/cli/render/plan.ts";
import type {
	CommandRecord,
	PlanDocument,
	TicketDocument,
} from "../../../src/domain/documents.ts";
import type { PlanGraphNode } from "../../../src/domain/plan-graph.ts";
import type { PlanWaits } from "../../../src/domain/plan-run.ts";

/** The moment every sample is looked at: 2026-11-21T10:02:00Z. */
export const NOW_MS = Date.UTC(2026, 10, 21, 10, 2, 0);
const minutesAgo = (minutes: number) => NOW_MS - minutes * 60_000;

/** A plan at work, five of eight tickets done; the given fields replace its own. */
export function samplePlan(fields: Partial<PlanDocument> = {}): PlanView {
	const plan: Partial<PlanDocument> = {
		workflow_id: "orch-deploy-42",
		plan_id: "deploy-42",
		decision_id: "decision-deploy-42",
		final_decision: "approve",
		domain: "TECHNICAL",
		risk_band: "medium",
		priority: "NORMAL",
		orchestrator_version: "V2",
		plan_hash:
			"3b0976f2ad95117ca71e79b12e254970da9e1952999e125875d0bb7d9bf771ac",
		status: "RUNNING",
		stage: "publishing_tickets",
		current_step: "C4",
		problems: [],
		warnings: [
			{
				path: "$.tasks[2].estimated_duration_ms",
				code: "ESTIMATE_MISSING",
				message: "task unit-tests has no estimate; it counts as 60000 ms",
			},
		],
		steps: [
			{
				name: "C1",
				status: "completed",
				started_at: minutesAgo(2),
				duration_ms: 4,
			},
			{
				name: "C4",
				status: "completed",
				started_at: minutesAgo(2),
				duration_ms: 31,
				times: 3,
				ended_at: minutesAgo(1),
			},
		],
		commands: [
			sampleCommand({
				command: "pause",
				reason:
					"a change freeze that lasts until noon, agreed with the team that runs the cluster",
				at: minutesAgo(1.5),
			}),
			sampleCommand({
				command: "resume",
				reason: "it is over",
				at: minutesAgo(1),
			}),
		],
		tickets_generated: 8,
		tickets_completed: 5,
		tickets_failed: 1,
		retries: 2,
		error_message: null,
		created_at: minutesAgo(2),
		finished_at: null,
		sla_deadline: NOW_MS + 180_000,
		slack_at: NOW_MS + 20_000,
		last_progress_at: NOW_MS - 4_000,
		updated_at: NOW_MS - 4_000,
		...fields,
	};
	return plan as PlanView;
}

const tasks: [id: string, after: string[], fields: Partial<PlanGraphNode>][] = [
	["build", [], { outcome: "completed", actual_duration_ms: 12_100 }],
	["lint", [], { outcome: "completed", actual_duration_ms: 900 }],
	[
		"unit-tests",
		["build"],
		{
			outcome: "failed",
			attempt: 2,
			error_message: "3 of 412 tests failed: see the report",
		},
	],
	[
		"integration-tests",
		["build"],
		{ status: "RUNNING", started_at: minutesAgo(1), agent_id: "agent-7" },
	],
	["package", ["unit-tests", "lint"], { outcome: "skipped" }],
	[
		"docs",
		["lint"],
		{ status: "RUNNING", started_at: minutesAgo(0.1), agent_id: "agent-2" },
	],
	["migrate", ["docs"], {}],
	["announce", [], { status: "PENDING" }],
];

function sampleCommand(fields: Partial<CommandRecord>): CommandRecord {
	return { actor: "ana", ...fields } as CommandRecord;
}

/** The graph of that plan. */
export function sampleGraph(): GraphAnswer {
	return {
		nodes: tasks.map(([task_id, , fields]) => node(task_id, fields)),
		edges: tasks.flatMap(([to, after]) => after.map((from) => ({ from, to }))),
		critical_path: {
			task_ids: ["build", "integration-tests"],
			duration_ms: 72_000,
			remaining_ms: 14_000,
		},
	};
}

/** A graph of so many tasks in levels of a hundred, the first levels done and one failed. */
export function largeGraph(count: number): GraphAnswer {
	const id = (at: number) => `task-${String(at).padStart(5, "0")}`;
	const nodes = Array.from({ length: count }, (_, at) => {
		if (at === 77)
			return node(id(at), {
				outcome: "failed",
				error_message: "out of memory",
			});
		if (at < 300)
			return node(id(at), { outcome: "completed", actual_duration_ms: 800 });
		const started_at = minutesAgo(1 + (at % 7));
		return at < 350
			? node(id(at), { status: "RUNNING", started_at })
			: node(id(at), {});
	});
	const edges = nodes
		.slice(100)
		.map(({ task_id }, at) => ({ from: id(at), to: task_id }));
	return { nodes, edges, critical_path: null };
}

function node(task_id: string, fields: Partial<PlanGraphNode>): PlanGraphNode {
	return {
		task_id,
		ticket_id: `ticket-${task_id}`,
		task_type: "EXECUTE",
		status: "PENDING",
		outcome: null,
		attempt: 1,
		generation: 1,
		estimated_duration_ms: 6_000,
		actual_duration_ms: null,
		published_at: null,
		started_at: null,
		finished_at: null,
		agent_id: null,
		error_message: null,
		...fields,
	};
}

/** What the plan waits for. */
export const sampleWhy: PlanWaits = {
	plan_id: "deploy-42",
	status: "RUNNING",
	summary:
		"waits for result of task integration-tests, and 1 more: unblocked by a result from agent-7",
	waits: [
		{
			what: "result",
			task_id: "docs",
			since_ms: minutesAgo(0.1),
			until_ms: NOW_MS + 60_000,
			unblocked_by: "a result from agent-2 on execution.results",
		},
		{
			what: "result",
			task_id: "integration-tests",
			since_ms: minutesAgo(1),
			until_ms: NOW_MS + 30_000,
			unblocked_by:
				"a result from agent-7 on execution.results, or its time-out, after which it is tried again",
		},
	],
	total: 40,
};

/** A ticket of the plan; the given fields replace its own. */
export function sampleTicket(fields: Partial<TicketDocument>): TicketDocument {
	const ticket: Partial<TicketDocument> = {
		ticket_id: "41634f33-ae89-5c6b-adde-fdce4a1111ad",
		task_id: "build",
		task_type: "BUILD",
		status: "COMPLETED",
		outcome: "completed",
		attempt: 1,
		agent_id: "agent-7",
		actual_duration_ms: 12_100,
		started_at: minutesAgo(1),
		error_message: null,
		...fields,
	};
	return ticket as TicketDocument;
}

/** A dead letter of a decision whose id is a number. */
export const sampleLetter: DeadLetterView = {
	id: "plans.consensus.dlq:0:17",
	topic: "plans.consensus.dlq",
	partition: 0,
	offset: "17",
	dead_at: minutesAgo(30),
	reason: "MESSAGE_INVALID",
	message: "$.plan_id must be a text, it is a number",
	path: "$.plan_id",
	hint: "publish the decision again with plan_id as text, or send this one back with a corrected body",
	source: { topic: "plans.consensus", partition: 3, offset: "1288" },
	plan_id: null,
	ticket_id: null,
	original_bytes: 64,
	redriven_from: null,
	redrive_attempt: 0,
	returned_as: null,
	state: "open",
	redrive: null,
	updated_at: minutesAgo(30),
	form: "envelope",
	key: "deploy-42",
	headers: [],
	problems: [
		{ path: "$.plan_id", code: "TYPE", message: "must be a text" },
		{ path: "$.hash", code: "REQUIRED", message: "is missing" },
	],
	problem_count: 2,
	history: [
		{
			action: "redrive-failed",
			actor: "ana",
			reason: "the topic takes no messages of this size",
			at: minutesAgo(10),
			redrive_id: "r-1",
		},
	],
	decoded: { decision_id: "decision-deploy-42", plan_id: 42 },
	decode_error: null,
	text: null,
	allowed: ["redrive", "discard"],
};
