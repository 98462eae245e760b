import type { TestContext } from "node:test";
import type { Client } from "@temporalio/client";
import type { DecisionSummary } from "../../src/domain/plan-run.ts";
import {
	createPlanClient,
	type PlanClient,
} from "../../src/temporal/plan-client.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { startPlanWorker } from "../support/plan-worker.ts";
import { finishSignal } from "../support/plan-workflow.ts";

interface Fixture {
	client: Client;
	plans: PlanClient;
	taskQueue: string;
	/** Starts a plan and lets its run end: `completed`, or a failure's type. */
	runPlan(end: string): Promise<DecisionSummary>;
}

/** A plan client on a queue of its own, whose worker runs the stand-in for the plan workflow. */
export async function openPlanClient(t: TestContext): Promise<Fixture> {
	const { client, taskQueue } = await startPlanWorker(t);
	const plans = createPlanClient({ client: () => client, taskQueue });
	return {
		client,
		plans,
		taskQueue,
		async runPlan(end) {
			const decision = someDecision();
			await plans.startPlan(runInput(decision));
			const handle = client.workflow.getHandle(
				planWorkflowId(decision.plan_id),
			);
			await handle.signal(finishSignal, end);
			await handle.result().catch(() => undefined);
			return decision;
		},
	};
}

/** Another decision about the same plan. */
export const otherDecision = (decision: DecisionSummary) =>
	someDecision({ plan_id: decision.plan_id });
