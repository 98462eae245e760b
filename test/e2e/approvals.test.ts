import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Value } from "typebox/value";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import {
	type ApprovalRequest,
	approvalRequestSchema,
} from "../../schemas/approval-request.ts";
import type { PlanVerdict } from "../../src/domain/plan-verdict.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const env = { APPROVAL_REMINDER_INTERVAL_MS: "500" };
const world = await openServiceWorld({ after }, { env });

function reviewed(plan_id: string) {
	const plan = buildPlan({ plan_id, tasks: chain(2) });
	return buildDecision(plan, { requires_human_review: true });
}

type Approval = Record<string, unknown>;
interface Submitted {
	outcome: string;
	verdict: PlanVerdict;
}

async function approvalsOf(state: string, planId: string): Promise<Approval[]> {
	const url = `${world.address()}/api/v1/approvals?state=${state}&limit=500`;
	const { approvals } = (await (await fetch(url)).json()) as {
		approvals: Approval[];
	};
	return approvals.filter(({ plan_id }) => plan_id === planId);
}

async function requestOf(planId: string): Promise<ApprovalRequest> {
	return await world.eventually(
		() =>
			world.recordsOf("approvalRequests", planId)[0]
				?.body as unknown as ApprovalRequest,
	);
}

async function answer(request: ApprovalRequest, changes: object = {}) {
	const { plan_id, intent_id, plan_hash } = request;
	const response = {
		...{ plan_id, intent_id, plan_hash },
		decision: "approved",
		approved_by: "ada",
		approved_at: Date.now(),
		...changes,
	};
	const value = Buffer.from(JSON.stringify(response));
	await world.publishOn("approvalResponses", value);
}

test("approvals: a person is asked on Kafka, reminded, listed, and answers there", async () => {
	const plan_id = newPlanId("asked");
	await world.publish(reviewed(plan_id));
	const request = await requestOf(plan_id);
	assert.ok(Value.Check(approvalRequestSchema, request));
	assert.equal(request.reminder, 0);
	const pending = await world.eventually(async () => {
		const [found] = await approvalsOf("pending", plan_id);
		return Number(found?.reminders_sent) >= 1 && found;
	});
	assert.equal(pending.plan_hash, request.plan_hash);
	assert.equal(pending.expires_at, request.expires_at);
	assert.equal(world.recordsOf("tickets", plan_id).length, 0);

	await answer(request);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	assert.deepEqual(await approvalsOf("pending", plan_id), []);
	const trail = await world.eventually(async () => {
		const records = await world.documents("audit_trail", { plan_id });
		return records.find(({ action }) => action === "approve");
	});
	assert.equal(trail.actor, "ada");
	assert.equal(trail.plan_hash, request.plan_hash);
	const { via, authenticated } = trail.details as Record<string, unknown>;
	assert.partialDeepStrictEqual(via, {
		kind: "kafka",
		topic: world.topic("approvalResponses"),
	});
	assert.equal(authenticated, false);
});

test("approvals: answers that fit no plan are listed with the reason, and have no effect", async () => {
	const plan_id = newPlanId("other");
	await world.publish(reviewed(plan_id));
	const request = await requestOf(plan_id);
	const nobody = newPlanId("nobody");
	await answer(request, { plan_hash: "0".repeat(64) });
	await answer(request, { plan_id: nobody });
	for (const [planId, why] of [
		[plan_id, "ANOTHER_PLAN"],
		[nobody, "PLAN_UNKNOWN"],
	] as const) {
		const unmatched = await world.eventually(
			async () => (await approvalsOf("unmatched", planId))[0],
		);
		assert.equal(unmatched.why, why);
		assert.equal(unmatched.approved_by, "ada");
	}
	const view = await world.api.plan(plan_id);
	assert.equal(view?.status, "AWAITING_APPROVAL");
	await answer(request, {
		decision: "rejected",
		rejection_reason: "not today",
	});
	assert.equal((await world.finalPlan(plan_id)).status, "REJECTED");
});

test("POST /plans?wait=validated: the verdict of C1 comes in the same answer", async () => {
	const submit = async (plan: object) => {
		const url = `${world.address()}/api/v1/plans?wait=validated`;
		const headers = { "content-type": "application/json" };
		const body = JSON.stringify(plan);
		const response = await fetch(url, { method: "POST", headers, body });
		const answer = (await response.json()) as Submitted;
		return { status: response.status, body: answer };
	};
	const sound = buildPlan({ plan_id: newPlanId("sound"), tasks: chain(3) });
	const started = await submit(sound);
	assert.equal(started.status, 200);
	assert.equal(started.body.outcome, "started");
	assert.equal(started.body.verdict.valid, true);
	assert.equal(started.body.verdict.tickets, 3);
	const again = await submit(sound);
	assert.equal(again.body.outcome, "duplicate");
	assert.equal(again.body.verdict.plan_hash, started.body.verdict.plan_hash);

	const tasks = [{ task_id: "a", dependencies: ["a"] }];
	const unsound = buildPlan({ plan_id: newPlanId("unsound"), tasks });
	const { status, body } = await submit(unsound);
	assert.equal(status, 200);
	assert.equal(body.verdict.valid, false);
	assert.ok(body.verdict.problems.length > 0);
});
