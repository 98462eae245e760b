import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { commandHash } from "../../src/domain/plan-commands.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createAcceptApprovals } from "../../src/plans/accept-approval.ts";
import { answerApproval } from "../../src/temporal/answer-approval.ts";
import { commandPlan } from "../../src/temporal/command-plan.ts";
import { retryInterceptors } from "../../src/temporal/connection-options.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import type { TemporalCalls } from "../../src/temporal/temporal-calls.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { openTemporal } from "../support/plan-worker.ts";
import { serverAddress } from "../support/server-address.ts";

const command = { actor: "ada", reason: "because" };
/** Of Temporal's server, for one run. */
const MAX_IN_FLIGHT = 10;

test("commandPlan: more commands than a run keeps unanswered are refused, and not as an outage", async (t) => {
	const { client: starter, taskQueue } = await openTemporal(t);
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
		interceptors: retryInterceptors(),
	});
	t.after(() => connection.close());
	const client = new Client({ connection });
	const planId = `p-${randomUUID()}`;
	// Nobody works on it, so nothing is ever answered.
	const handle = await starter.workflow.start("orchestratePlan", {
		taskQueue,
		workflowId: planWorkflowId(planId),
	});
	const patient = createPlanClient({
		client: () => client,
		taskQueue,
		callTimeoutMs: 60_000,
	});
	// Whoever comes last finds no room.
	const refused: string[] = [];
	const asked = Array.from({ length: MAX_IN_FLIGHT + 5 }, () =>
		patient
			.command(planId, "pause", command)
			.catch((error: OrchestratorError) => refused.push(error.code)),
	);
	await eventually(() => refused.length === 5, 30_000);
	assert.deepEqual([...new Set(refused)], ["COMMANDS_EXHAUSTED"]);
	await handle.terminate();
	await Promise.all(asked);
});

/** A client whose run answers as it is told, one call after the other. */
function callsThat(answers: (() => unknown)[]) {
	const updateIds: string[] = [];
	const handle = {
		async executeUpdate(_name: string, { updateId }: { updateId: string }) {
			updateIds.push(updateId);
			return answers[updateIds.length - 1]?.();
		},
	};
	const client = { workflow: { getHandle: () => handle } };
	const calls: TemporalCalls = (_what, call) =>
		call(client as unknown as Client);
	return { calls, updateIds };
}

const throwing =
	(code: "TEMPORAL_UNAVAILABLE" | "COMMANDS_EXHAUSTED") => () => {
		throw new OrchestratorError(code, "no answer");
	};
const taken = {
	plan_id: "p-1",
	status: "CANCELLED",
	command_id: "c-1",
	outcome: "it ends",
	details: {},
	command_hash: commandHash("cancel", command),
};

test("commandPlan: without an answer it asks once more, under the same key", async () => {
	const { calls, updateIds } = callsThat([
		throwing("TEMPORAL_UNAVAILABLE"),
		() => taken,
	]);
	const answer = await commandPlan(calls, "queue", "p-1", "cancel", command);
	assert.equal(answer.command_id, "c-1");
	assert.equal(updateIds.length, 2);
	assert.equal(new Set(updateIds).size, 1);
});

test("commandPlan: without a second answer it gives up", async () => {
	const away = throwing("TEMPORAL_UNAVAILABLE");
	const { calls, updateIds } = callsThat([away, away, () => taken]);
	await assert.rejects(commandPlan(calls, "queue", "p-1", "cancel", command), {
		code: "TEMPORAL_UNAVAILABLE",
	});
	assert.equal(updateIds.length, 2);
});

test("commandPlan: a run that takes no more commands is asked once", async () => {
	const { calls, updateIds } = callsThat([throwing("COMMANDS_EXHAUSTED")]);
	await assert.rejects(commandPlan(calls, "queue", "p-1", "cancel", command), {
		code: "COMMANDS_EXHAUSTED",
	});
	assert.equal(updateIds.length, 1);
});

test("an approval for a plan that takes no more commands is a dead letter, and holds nobody up", async () => {
	const { calls } = callsThat([throwing("COMMANDS_EXHAUSTED")]);
	const { accept } = createAcceptApprovals({
		plans: {
			answerApproval: (answer, source) =>
				answerApproval(calls, "queue", answer, source),
			recordUnmatched: async () => new Set(),
		},
		metrics: { approvalAnswer: () => {}, duplicates: () => {} },
	});
	const outcome = await accept(
		{ plan_id: "p-1", decision: "approved", approved_by: "ada" },
		{ topic: "t", partition: 0, offset: "1" },
		new Map(),
	);
	assert.partialDeepStrictEqual(outcome, {
		kind: "refused",
		code: "COMMANDS_EXHAUSTED",
	});
});
