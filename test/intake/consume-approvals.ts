import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Client, Connection, type WorkflowHandle } from "@temporalio/client";
import type { PlanDocument } from "../../src/domain/documents.ts";
import { type PlanRunInput, planQueries } from "../../src/domain/plan-run.ts";
import { startApprovalConsumer } from "../../src/intake/approval-consumer.ts";
import { createAcceptApprovals } from "../../src/plans/accept-approval.ts";
import type { HandleBatch } from "../../src/plans/records.ts";
import { dataConverter } from "../../src/temporal/payload-codec.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { type IntakeWorld, openIntakeWorld } from "../support/intake-world.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, type World } from "../support/plan-world.ts";

export interface ApprovalWorld {
	intake: IntakeWorld;
	/** Real workflows, whose documents and tickets can be seen. */
	plans: World;
	/** Opens a consumer of answers; `wrap` may stand before its handler. */
	consume(wrap?: (handle: HandleBatch) => HandleBatch): Promise<{
		stop(): Promise<void>;
	}>;
}

/** Topics of the test's own, real plans, and Temporal behind a proxy between the two. */
export async function openApprovalWorld(
	t: TestContext,
): Promise<ApprovalWorld> {
	const intake = await openIntakeWorld(t);
	const plans = await openWorld(t);
	const connection = await Connection.connect({
		address: intake.temporal.address,
		channelArgs: {
			"grpc.initial_reconnect_backoff_ms": 100,
			"grpc.max_reconnect_backoff_ms": 500,
		},
	});
	t.after(() => connection.close());
	const client = new Client({ connection, dataConverter });
	const { metrics, log, decode, topics } = intake;
	const answerer = createPlanClient({
		client: () => client,
		taskQueue: plans.taskQueue,
		callTimeoutMs: 2_000,
	});
	return {
		intake,
		plans,
		consume: (wrap) =>
			intake.run(
				startApprovalConsumer({
					topic: topics.approvalResponses.name,
					openConsumer: intake.openConsumer(wrap),
					decode,
					approvals: createAcceptApprovals({ plans: answerer, metrics }),
					putDeadLetter: intake.deadLetters("approvalResponsesDlq"),
					setAside: intake.setAside("approvalResponsesDlq"),
					metrics,
					log,
				}),
			),
	};
}

export interface WaitingPlan {
	input: PlanRunInput;
	handle: WorkflowHandle;
}

/** A plan of one task that waits for a person. */
export async function startWaiting({
	plans,
}: ApprovalWorld): Promise<WaitingPlan> {
	const decision = someDecision({ final_decision: "review_required" });
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	const handle = await plans.start(input);
	await hasStatus(handle, "AWAITING_APPROVAL");
	return { input, handle };
}

/** The plan as its run tells it. */
export async function planNow(handle: WorkflowHandle): Promise<PlanDocument> {
	return await handle.query<PlanDocument>(planQueries.plan);
}

/** Resolves when the plan has the status. */
export async function hasStatus(
	handle: WorkflowHandle,
	status: string,
): Promise<void> {
	await eventually(
		async () => (await planNow(handle)).status === status,
		30_000,
	);
}

/** An answer of the contract to the request for this plan. */
export function answerTo({ input }: WaitingPlan, changes: object = {}) {
	return {
		plan_id: input.decision.plan_id,
		intent_id: input.decision.intent_id,
		decision: "approved",
		approved_by: "ada",
		approved_at: Date.now(),
		rejection_reason: null,
		cognitive_plan_json: JSON.stringify(input.plan),
		...changes,
	};
}

/** The document of the answer that no plan waited for. */
export async function unmatchedOf(
	{ plans }: ApprovalWorld,
	planId: string,
): Promise<Record<string, unknown>> {
	return await eventually(
		() =>
			[...plans.documents]
				.filter(([key]) => key.startsWith("approval_answers/"))
				.map(([, fields]) => fields)
				.find(({ plan_id }) => plan_id === planId),
		30_000,
	);
}

/** Resolves when so many answers are handled for good. */
export async function isCommitted(
	{ intake }: ApprovalWorld,
	count: number,
): Promise<void> {
	await eventually(
		async () =>
			(await intake.committed("approvalResponses", "-approvals")) === count,
		30_000,
	);
	assert.ok(count > 0);
}
