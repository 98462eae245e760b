import { renderAcknowledgement } from "../../../src/cli/render/acknowledge.ts";
import { renderAuditTrail } from "../../../src/cli/render/audit-trail.ts";
import { renderDag } from "../../../src/cli/render/dag.ts";
import { renderDryRun } from "../../../src/cli/render/dry-run.ts";
import { viewGraph } from "../../../src/cli/render/graph-view.ts";
import type { Frame } from "../../../src/cli/render/paint.ts";
import { renderPlan } from "../../../src/cli/render/plan.ts";
import { renderPlanList } from "../../../src/cli/render/plan-list.ts";
import { renderSubmitted } from "../../../src/cli/render/submitted.ts";
import { renderTickets } from "../../../src/cli/render/tickets.ts";
import { renderTimeline } from "../../../src/cli/render/timeline.ts";
import { renderTrace } from "../../../src/cli/render/trace.ts";
import { renderWatch } from "../../../src/cli/render/watch.ts";
import {
	findChanges,
	renderChange,
} from "../../../src/cli/render/watched-changes.ts";
import { renderWhy } from "../../../src/cli/render/why.ts";
import { sampleTrail } from "./sample-trail.ts";
import {
	largeGraph,
	NOW_MS,
	sampleGraph,
	samplePlan,
	sampleTicket,
	sampleWhy,
} from "./samples.ts";

const watched = (notice?: string) => ({
	plan: samplePlan(),
	graph: viewGraph(sampleGraph()),
	why: sampleWhy.summary,
	notice,
});

/** Every screen about plans, drawn from samples. */
export const planScreens: Record<string, (frame: Frame) => string[]> = {
	"plans list": (frame) =>
		renderPlanList(
			{
				plans: [
					samplePlan(),
					samplePlan({
						plan_id: "a6e1c2f0-5a53-4a7e-9a86-9d0b7d1f2c11",
						status: "AWAITING_APPROVAL",
						tickets_generated: 0,
						tickets_completed: 0,
						tickets_failed: 0,
						sla_deadline: NOW_MS - 60_000,
						slack_at: NOW_MS - 200_000,
					}),
					samplePlan({
						plan_id: "nightly-report",
						status: "SUCCESS",
						tickets_completed: 8,
						tickets_failed: 0,
						finished_at: NOW_MS - 30_000,
						slack_at: null,
					}),
				],
				next_cursor: "WzE3OTUyNjI0MDAsIm9yY2giXQ",
			},
			frame,
		),
	"plans get": (frame) => renderPlan(samplePlan(), frame),
	"plans get (run again)": (frame) =>
		renderPlan(
			samplePlan({
				former_rounds: [0, 1].map((round) => ({
					round,
					status: "PARTIAL",
					steps: [],
					finished_at: NOW_MS - 100_000,
					error_message: null,
					tickets_generated: 8,
					tickets_completed: 7,
				})),
			}),
			frame,
		),
	"plans audit": (frame) =>
		renderAuditTrail(
			{ records: sampleTrail, next_cursor: null, audit_head: null },
			frame,
		),
	"plans get (with its origin)": (frame) =>
		renderPlan(
			samplePlan({
				origin: {
					submitted_by: "ana",
					via: { kind: "cli" },
					authenticated: true,
				},
			}),
			frame,
		),
	"plans why": (frame) => renderWhy(sampleWhy, frame),
	"plans tickets": (frame) =>
		renderTickets(
			{
				tickets: [
					sampleTicket({}),
					sampleTicket({
						task_id: "unit-tests",
						outcome: "failed",
						attempt: 2,
						error_message: "3 of 412 tests failed: see the report",
					}),
					sampleTicket({
						task_id: "compensate-8fe940a3",
						description: "undo task unit-tests",
						compensates: "8fe940a3-9af6-574e-b2b2-4f86b347687c",
						task_type: "COMPENSATE",
						generation: 2,
					}),
					sampleTicket({
						task_id: "docs",
						status: "RUNNING",
						outcome: null,
						actual_duration_ms: null,
					}),
				],
				total: 8,
				offset: 0,
				has_more: true,
			},
			frame,
		),
	"plans dag": (frame) => renderDag(sampleGraph(), frame),
	"plans watch": (frame) => renderWatch(watched(), frame, 24),
	"plans watch (service away)": (frame) =>
		renderWatch(watched("cannot reach the service; trying again"), frame, 24),
	"plans watch (5000 tasks)": (frame) =>
		renderWatch(
			{ ...watched(), graph: viewGraph(largeGraph(5_000)) },
			frame,
			24,
		),
	"plans watch --plain": (frame) =>
		findChanges(undefined, watched()).map((change) =>
			renderChange(change, frame),
		),
	"plans trace": (frame) =>
		renderTrace(
			{
				...{ plan_id: "deploy-42", status: "SUCCESS" },
				...{ started_at: 0, ended_at: 252_000, total_ms: 252_000 },
				spent: [
					{ what: "approval", ms: 130_000 },
					{ what: "running", ms: 80_000 },
					{ what: "queue", ms: 22_000 },
					{ what: "retry", ms: 15_000 },
					{ what: "dispatch", ms: 4_000 },
					{ what: "steps", ms: 1_000 },
				],
				critical_path: [
					{ what: "steps", from: 0, to: 500, step: "C1" },
					{ what: "approval", from: 500, to: 130_500 },
					{
						...{ what: "retry", from: 134_500, to: 149_500 },
						...{ task_id: "unit-tests", attempt: 1, agent_id: "agent-7" },
					},
					{
						...{ what: "running", from: 171_500, to: 251_500 },
						...{ task_id: "unit-tests", attempt: 2, agent_id: "agent-3" },
					},
				],
				...{ critical_path_length: 8, attempts: 5, retries: 1 },
			},
			frame,
		),
	"plans timeline": (frame) =>
		renderTimeline(
			{
				events: [
					{
						id: "received",
						at: NOW_MS - 120_000,
						kind: "plan.received",
						summary: "decision decision-deploy-42 (approve) came by REST",
						details: {},
					},
					{
						id: "attempt/1/failed",
						at: NOW_MS - 60_000,
						kind: "attempt.failed",
						summary:
							"attempt 1 of task unit-tests failed: 3 of 412 tests failed: see the report that the agent has left with its output",
						details: {},
					},
					{
						id: "ticket/build/finished",
						at: NOW_MS - 40_000,
						kind: "ticket.finished",
						summary: "task build completed on agent-7",
						details: { outcome: "completed" },
					},
					{
						id: "ticket/undo-build/finished",
						at: NOW_MS - 20_000,
						kind: "compensation.finished",
						summary: "the compensation of task build completed on agent-2",
						details: { outcome: "completed" },
					},
				],
				next_cursor: null,
				complete: false,
				read_source: "workflow",
			},
			frame,
		),
	"plans cancel": (frame) =>
		renderAcknowledgement(
			{
				command: "cancel",
				plan_id: "deploy-42",
				status: "CANCELLED",
				idempotency_key: "0b8f9f9e-9c55-4a3e-8d8c-0c8f5f6f7a11",
			},
			frame,
		),
	submit: (frame) =>
		renderSubmitted(
			{
				outcome: "started",
				plan_id: "deploy-42",
				decision_id: "98f34e0a-91a0-5a25-b957-20517b891ade",
				workflow_id: "orch-deploy-42",
				verdict: {
					plan_id: "deploy-42",
					status: "INVALID",
					valid: false,
					problems: [
						{
							path: "$.tasks[3].dependencies[0]",
							code: "DEPENDENCY_CYCLE",
							message: "build → test → build goes in a circle",
						},
					],
					warnings: [],
					plan_hash: null,
					tickets: 0,
				},
			},
			frame,
		),
	"dry-run": (frame) =>
		renderDryRun(
			{
				outcome: "would_run",
				valid: true,
				plan_id: "deploy-42",
				decision_id: "98f34e0a-91a0-5a25-b957-20517b891ade",
				plan_hash: samplePlan().plan_hash,
				orchestrator_version: "V2",
				problems: [],
				warnings: [],
				dag: sampleGraph(),
				prediction: {
					finish_at: NOW_MS + 18_500,
					duration_ms: 18_500,
					sla_deadline: NOW_MS + 120_000,
					basis: "the tasks' own estimates along the critical path",
					tasks_with_estimate: 8,
					tasks_without_estimate: 0,
				},
			},
			frame,
		),
};
