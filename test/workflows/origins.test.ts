import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { ApprovalAnswer } from "../../src/domain/approvals.ts";
import type { PlanDocument } from "../../src/domain/documents.ts";
import type { PlanOrigin } from "../../src/domain/origin.ts";
import {
	isFinalStatus,
	type PlanCommand,
	type PlanCommandName,
	type PlanRunInput,
	planQueries,
	planSignals,
	planUpdates,
} from "../../src/domain/plan-run.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { recordsOf, verify } from "../support/kept-trail.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf } from "../support/plan-world.ts";

const source = { topic: "plans.consensus", partition: 3, offset: "42" };
const byKafka: PlanOrigin = {
	submitted_by: null,
	via: { kind: "kafka", ...source },
	authenticated: false,
};
const byRest = { via: { kind: "rest" }, authenticated: true } as const;
const byTemporal = { via: { kind: "temporal" }, authenticated: false };

function waiting(changes: Partial<PlanRunInput> = {}): PlanRunInput {
	const decision = someDecision({ final_decision: "review_required" });
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	return { ...input, ...changes };
}

async function ask(
	handle: WorkflowHandle,
	name: PlanCommandName,
	command: Partial<PlanCommand> = {},
) {
	const args: [PlanCommand] = [{ actor: "ana", reason: "r", ...command }];
	return await handle.executeUpdate<unknown, [PlanCommand]>(planUpdates[name], {
		args,
	});
}

async function planOfRun(handle: WorkflowHandle): Promise<PlanDocument> {
	return await handle.query<PlanDocument>(planQueries.plan);
}

/** The run has closed: as failed, when nothing of the plan was published. */
async function end(handle: WorkflowHandle): Promise<void> {
	await handle.result().catch(() => undefined);
	assert.ok(isFinalStatus((await planOfRun(handle)).status));
}

/** Cancels the plan as soon as it can be, and waits for its end. */
async function cancel(handle: WorkflowHandle): Promise<void> {
	await eventually(() => ask(handle, "cancel"));
	await end(handle);
}

/** Why the plan refuses it. */
async function refusal(asked: Promise<unknown>): Promise<string> {
	const error: Error & { cause?: Error } = await asked.then(
		() => assert.fail("it was taken"),
		(error) => error,
	);
	return error.cause?.message ?? error.message;
}

test("origins: the trail and the plan say who handed it in, and how each command came", async (t) => {
	const world = await openWorld(t);
	const input = waiting({ origin: byKafka });
	const planId = input.decision.plan_id;
	const handle = await world.start(input);
	await ask(handle, "priority", { priority: "high", ...byRest });
	const forged = { via: { kind: "post" }, authenticated: true } as never;
	await ask(handle, "priority", { priority: "low", ...(forged as object) });
	await world.restartWorker();
	await handle.signal(planSignals.cancelWorkflow, { ...byRest, reason: "r" });
	await end(handle);
	assert.deepEqual(verify(world, planId), [
		"start",
		"priority",
		"priority",
		"cancel",
		"end",
	]);
	const [start, first, second, cancelled, ended] = recordsOf(world, planId).map(
		({ details }) => details,
	);
	assert.partialDeepStrictEqual(start, byKafka);
	assert.partialDeepStrictEqual(first, byRest);
	assert.partialDeepStrictEqual(second, byTemporal);
	assert.partialDeepStrictEqual(cancelled, byTemporal);
	assert.equal("via" in (ended ?? {}), false);
	const document = world.document("workflows", handle.workflowId);
	assert.deepEqual(document.origin, byKafka);
	assert.partialDeepStrictEqual(document.commands, [byRest, byTemporal]);
});

test("origins: an approval by Kafka names its record, and the same elsewhere is the same", async (t) => {
	const world = await openWorld(t);
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const input = waiting({ origin: byKafka });
	const { plan_id } = input.decision;
	const handle = await world.start(input);
	const answer: ApprovalAnswer = {
		...{ answer_id: randomUUID(), plan_id, decision: "approved" },
		...{ approved_by: "ana", approved_at: null, reason: null },
		plan_hash: input.plan_hash,
	};
	await eventually(async () => {
		const { kind } = await plans.answerApproval(answer, source);
		return kind === "taken";
	});
	const later = { ...source, offset: "43" };
	const again = await plans.answerApproval(answer, later);
	assert.equal(again.kind, "taken");
	await cancel(handle);
	const records = recordsOf(world, plan_id);
	const approvals = records.filter(({ action }) => action === "approve");
	assert.equal(approvals.length, 1);
	const { actor, details } = approvals[0] ?? assert.fail();
	assert.equal(actor, "ana");
	assert.deepEqual(details.via, byKafka.via);
	assert.equal(details.authenticated, false);
	verify(world, plan_id);
});

test("origins: plans of earlier releases have records as before, and say how a command came when it says so", async (t) => {
	const world = await openWorld(t);
	const input = waiting();
	const planId = input.decision.plan_id;
	const handle = await world.start(input);
	await ask(handle, "priority", { priority: "high" });
	await ask(handle, "cancel", byRest);
	await end(handle);
	verify(world, planId);
	const [start, priority, cancel] = recordsOf(world, planId);
	assert.deepEqual(Object.keys(start?.details ?? {}).toSorted(), [
		"decision_id",
		"final_decision",
		"orchestrator_version",
		"source",
	]);
	assert.equal("via" in (priority?.details ?? {}), false);
	assert.partialDeepStrictEqual(cancel?.details, byRest);
	const document = world.document("workflows", handle.workflowId);
	assert.equal("origin" in document, false);
});

test("origins: nobody commands a plan by the service's name, neither by update nor by signal", async (t) => {
	const world = await openWorld(t);
	const handle = await world.start(waiting({ origin: byKafka }));
	const actor = "Orchestrator-Dynamic";
	for (const name of ["priority", "approve", "cancel"] as const) {
		const command = { actor, priority: "high" } as const;
		const why = await refusal(ask(handle, name, command));
		assert.match(why, /only the service itself/, name);
	}
	await handle.signal(planSignals.cancelWorkflow, { actor, reason: "r" });
	await eventually(async () => {
		const { status } = await handle.describe();
		assert.equal(status.name, "RUNNING");
		return (await ask(handle, "priority", { priority: "high" })) !== null;
	});
	await world.restartWorker();
	await cancel(handle);
});

test("origins: where approvals must name the plan's hash, one without is refused, a rejection is not", async (t) => {
	const world = await openWorld(t);
	const strict = (): PlanRunInput => {
		const input = waiting({ origin: byKafka });
		const settings = { ...input.settings, approvalRequiresPlanHash: true };
		return { ...input, settings };
	};
	const input = strict();
	const handle = await world.start(input);
	await eventually(async () => (await planOfRun(handle)).approval !== null);
	const why = await refusal(ask(handle, "approve"));
	assert.match(why, /names no plan_hash, and must here/);
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const { plan_id } = input.decision;
	const answer: ApprovalAnswer = {
		...{ answer_id: randomUUID(), plan_id, decision: "approved" },
		...{ approved_by: "ana", approved_at: Date.now(), reason: null },
		plan_hash: null,
	};
	const outcome = await plans.answerApproval(answer, source);
	assert.ok(outcome.kind === "unmatched");
	assert.equal(outcome.answer.why, "NO_PLAN_HASH");
	const { plan_hash } = input;
	await ask(handle, "approve", { plan_hash: plan_hash ?? "" });
	await cancel(handle);
	const other = await world.start(strict());
	await eventually(async () => (await planOfRun(other)).approval !== null);
	await ask(other, "reject");
	await end(other);
	assert.equal((await planOfRun(other)).status, "REJECTED");
});
