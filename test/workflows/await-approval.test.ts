import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import { Value } from "typebox/value";
import { approvalRequestSchema } from "../../schemas/approval-request.ts";
import type { ApprovalAnswer } from "../../src/domain/approvals.ts";
import type { PlanDocument } from "../../src/domain/documents.ts";
import {
	type PlanRunInput,
	type PlanWaits,
	planQueries,
	planUpdates,
} from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type World,
} from "../support/plan-world.ts";

function waitingInput(
	settings: Partial<PlanRunInput["settings"]> = {},
	changes: Record<string, unknown> = {},
): PlanRunInput {
	const decision = someDecision({
		final_decision: "review_required",
		aggregated_risk: 0.9,
	});
	const plan = planOf(decision.plan_id, [{ id: "a" }], changes);
	const input = runInput(decision, plan);
	return { ...input, settings: { ...input.settings, ...settings } };
}

async function approve(handle: WorkflowHandle): Promise<void> {
	const command = { actor: "ada", reason: "looked at it" };
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
}

async function approvalOf(handle: WorkflowHandle) {
	const { approval } = await handle.query<PlanDocument>(planQueries.plan);
	assert.ok(approval !== null);
	return approval;
}

async function finish(world: World, handle: WorkflowHandle): Promise<void> {
	await eventually(() => world.tickets.length === 1);
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
}

test("approval: a person is asked, with the plan and its hash, and reminded until there is an answer", async (t) => {
	const world = await openWorld(t);
	const input = waitingInput({ approvalReminderIntervalMs: 300 });
	const handle = await world.start(input);
	await eventually(() => world.requests.length >= 2);
	// What a new process must know: how often was asked, and when next.
	await world.restartWorker();
	await eventually(() => world.requests.length >= 4);
	const [first] = world.requests;
	assert.equal(first?.plan_hash, input.plan_hash);
	assert.deepEqual(first?.cognitive_plan, input.plan);
	assert.equal(first?.risk_score, 0.9);
	const { cognitive_plan, ...fields } = approvalRequestSchema.properties;
	for (const [name, schema] of Object.entries(fields)) {
		const value = first?.[name as keyof typeof fields];
		assert.ok(Value.Check(schema, value), name);
	}
	const asked = new Map(
		world.requests.map(({ reminder, request_id }) => [reminder, request_id]),
	);
	assert.deepEqual(
		[...asked.keys()],
		Array.from(asked, (_, at) => at),
	);
	assert.equal(new Set(asked.values()).size, asked.size);
	await eventually(async () => (await approvalOf(handle)).reminders_sent >= 3);

	await approve(handle);
	await finish(world, handle);
	const count = world.requests.length;
	const { approval } = world.document("workflows", handle.workflowId) as {
		approval: PlanDocument["approval"];
	};
	assert.equal(approval?.reminders_sent, count - 1);
	assert.ok((approval?.published_at ?? 0) >= (approval?.requested_at ?? 0));
});

test("approval: a plan that needs none asks nobody", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
	);
	await finish(world, handle);
	assert.equal(world.requests.length, 0);
	const { approval } = world.document("workflows", handle.workflowId);
	assert.equal(approval, null);
});

test("approval: Kafka away loses no request, and holds up no command", async (t) => {
	let isAway = true;
	const asked: string[] = [];
	const world = await openWorld(t, {
		approvals: {
			async publishApprovalRequest({ plan_id }) {
				asked.push(plan_id);
				if (isAway)
					throw new OrchestratorError("PUBLISH_UNCONFIRMED", "no brokers");
			},
		},
	});
	const [first, second] = [waitingInput(), waitingInput()];
	const impatient = await world.start(first);
	await eventually(async () => {
		const { waits } = await impatient.query<PlanWaits>(planQueries.why);
		return waits.map(({ what }) => what).join() === "approval,kafka";
	});
	await approve(impatient);
	await finish(world, impatient);

	const patient = await world.start(second);
	const { plan_id } = second.decision;
	await eventually(() => asked.filter((id) => id === plan_id).length >= 2);
	assert.equal((await approvalOf(patient)).published_at, null);
	isAway = false;
	await eventually(
		async () => (await approvalOf(patient)).published_at !== null,
		30_000,
	);
	const { waits } = await patient.query<PlanWaits>(planQueries.why);
	assert.deepEqual(
		waits.map(({ what }) => what),
		["approval"],
	);
	await patient.terminate();
});

test("approval: a request that Kafka will never take is said, and commands work", async (t) => {
	const world = await openWorld(t, {
		approvals: {
			async publishApprovalRequest() {
				throw new OrchestratorError("PUBLISH_REFUSED", "it is too large");
			},
		},
	});
	const handle = await world.start(waitingInput());
	await eventually(
		async () => (await approvalOf(handle)).request_error !== null,
	);
	const { waits } = await handle.query<PlanWaits>(planQueries.why);
	assert.match(waits[1]?.unblocked_by ?? "", /too large/);
	await approve(handle);
	await finish(world, handle);
});

test("approval: an answer that comes before the plan is validated is not refused: it is to come again", async (t) => {
	let isAway = true;
	const input = waitingInput();
	const { plan } = input;
	const world = await openWorld(t, {
		ledger: {
			async readPlan() {
				if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
				return plan;
			},
		},
	});
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const handle = await world.start({ ...input, plan: null, plan_hash: null });
	const { plan_id } = input.decision;
	const answer: ApprovalAnswer = {
		answer_id: randomUUID(),
		plan_id,
		decision: "approved",
		approved_by: "ada",
		approved_at: null,
		plan_hash: input.plan_hash,
		reason: null,
	};
	await eventually(async () => {
		const { waits } = await handle.query<PlanWaits>(planQueries.why);
		return waits.some(({ what }) => what === "ledger");
	});
	await assert.rejects(plans.answerApproval(answer, null), {
		code: "TEMPORAL_UNAVAILABLE",
	});
	isAway = false;
	await eventually(() => world.requests.length === 1, 30_000);
	const taken = await eventually(() => plans.answerApproval(answer, null));
	assert.deepEqual(taken, { kind: "taken" });
	await finish(world, handle);
});

test("approval: one whose time was up before it began asks nobody and is EXPIRED", async (t) => {
	const world = await openWorld(t);
	const input = waitingInput();
	input.decision.valid_until = Date.now() - 1;
	const handle = await world.start(input);
	await assert.rejects(handle.result());
	assert.equal(world.requests.length, 0);
	const { status } = world.document("workflows", handle.workflowId);
	assert.equal(status, "EXPIRED");
});
