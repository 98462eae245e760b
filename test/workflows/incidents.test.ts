import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import {
	type CommandAnswer,
	type PlanCommand,
	type PlanWaits,
	planQueries,
	planUpdates,
} from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { untilFreshRun } from "../support/fresh-run.ts";
import {
	planSettings,
	runInput,
	someDecision,
} from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

/** A plan of one task with one attempt, which times out at once when nothing comes of it. */
async function openSingle(
	t: TestContext,
	timeoutMs: number,
	deps: Parameters<typeof openWorld>[1] = {},
) {
	const world = await openWorld(t, deps);
	const decision = someDecision();
	const settings = {
		...planSettings,
		ticketQueueAllowanceMs: timeoutMs,
		ticketMinTimeoutMs: 1,
		ticketTimeoutMultiplier: 0,
		ticketMaxAttempts: 1,
	};
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
		settings,
	});
	const say = async (
		index: number,
		status: "RUNNING" | "COMPLETED" | "FAILED",
	) => {
		await eventually(() => world.tickets.length > index);
		const { ticket_id = "" } = world.tickets[index] ?? {};
		await report(handle, [resultOf(ticket_id, status)]);
	};
	return { world, handle, say };
}

test("incident: a task that failed is nothing that anybody remedies by itself", async (t) => {
	const { world, handle, say } = await openSingle(t, 60_000, {
		leases: { lostAgents: async (ids) => [...ids] },
	});
	await say(0, "RUNNING");
	await say(0, "FAILED");
	await say(1, "COMPLETED");
	assert.equal((await handle.result()).status, "FAILED");
	assert.deepEqual(
		world.incidents.map((incident) => [
			incident.incident_type,
			incident.recommended_playbook,
			incident.auto_remediation_enabled,
			incident.escalation_required,
		]),
		[["INCONSISTENCY", null, false, false]],
	);
});

test("incident: the agent that had begun a ticket has lost its lease when time runs out: a worker has failed", async (t) => {
	const { world, handle, say } = await openSingle(t, 2_000, {
		leases: { lostAgents: async (ids) => [...ids] },
	});
	await say(0, "RUNNING");
	await say(1, "COMPLETED");
	assert.equal((await handle.result()).status, "FAILED");
	const [incident] = world.incidents;
	assert.equal(incident?.incident_type, "WORKER_FAILURE");
	assert.equal(incident?.recommended_playbook, "worker_failure_recovery");
	assert.equal(incident?.details[0], "worker agent-1 has lost its lease");
	assert.ok(!Object.hasOwn(incident ?? {}, "suspected_agents"));
});

test("incident: a compensation that failed reaches a person, and no worker is blamed for it", async (t) => {
	const { world, handle, say } = await openSingle(t, 60_000);
	await say(0, "FAILED");
	await say(1, "FAILED");
	assert.equal((await handle.result()).status, "FAILED");
	const [, undoing] = world.incidents;
	assert.partialDeepStrictEqual(undoing, {
		incident_type: "INCONSISTENCY",
		severity: "CRITICAL",
		escalation_required: true,
		auto_remediation_enabled: false,
		recommended_playbook: null,
		affected_tickets: world.tickets.map(({ ticket_id }) => ticket_id),
	});
});

test("incident: one that Kafka never takes stands in its plan, which ends", async (t) => {
	const { world, handle, say } = await openSingle(t, 60_000, {
		incidents: {
			async publishIncident() {
				throw new OrchestratorError("PUBLISH_REFUSED", "it is too large");
			},
		},
	});
	await say(0, "FAILED");
	await say(1, "FAILED");
	assert.equal((await handle.result()).status, "FAILED");
	const plan = world.document("workflows", handle.workflowId);
	const refused = ["it is too large", "it is too large"];
	assert.deepEqual(plan.incident_errors, refused, "of both occasions");
	assert.equal(world.frames.length, 1);
});

test("incident: while Kafka is away it waits, over fresh runs, and is raised once for each occasion", async (t) => {
	let isAway = true;
	const raised: OrchestrationIncident[] = [];
	const { world, handle, say } = await openSingle(t, 60_000, {
		incidents: {
			async publishIncident(incident) {
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
				raised.push(incident);
			},
		},
	});
	await say(0, "FAILED");
	await untilFreshRun(handle);
	isAway = false;
	await eventually(() => world.tickets.length === 2, 60_000);
	isAway = true;
	await say(1, "FAILED");
	await untilFreshRun(handle);
	isAway = false;
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(raised.length, 2);
	assert.match(raised[0]?.details.join() ?? "", /of task a failed/);
	assert.match(raised[1]?.details.join() ?? "", /compensation failed/);
	const plan = world.document("workflows", handle.workflowId);
	assert.equal(plan.incident_errors, undefined);
});

/** A plan of one task whose incidents Kafka does not take until `restore`. */
async function openWithoutKafka(
	t: TestContext,
	deps: Parameters<typeof openWorld>[1] = {},
) {
	let isAway = true;
	let tries = 0;
	const opened = await openSingle(t, 60_000, {
		...deps,
		incidents: {
			async publishIncident() {
				tries += 1;
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
			},
		},
	});
	const { handle } = opened;
	return {
		...opened,
		/** Pauses the plan once it waits for its incident. */
		async pauseAtIncident() {
			await eventually(() => tries > 0);
			await tell(handle, "pause");
		},
		restore() {
			isAway = false;
		},
	};
}

async function tell(handle: WorkflowHandle, name: "pause" | "resume") {
	const command = { actor: "ada", reason: "a test" };
	return await handle.executeUpdate<CommandAnswer, [PlanCommand]>(
		planUpdates[name],
		{ args: [command] },
	);
}

test("incident: a plan paused while it waits for Kafka compensates once it is resumed, and says so", async (t) => {
	const { world, handle, say, pauseAtIncident, restore } =
		await openWithoutKafka(t);
	await say(0, "FAILED");
	await pauseAtIncident();
	restore();
	await eventually(
		() => world.writes.some(({ fields }) => fields.action === "compensate"),
		30_000,
	);
	assert.equal(world.tickets.length, 1, "nothing is published in a pause");
	assert.equal((await tell(handle, "resume")).status, "COMPENSATING");
	await eventually(() => world.tickets.length === 2);
	const { searchAttributes } = await handle.describe();
	assert.deepEqual(searchAttributes.PlanStatus, ["COMPENSATING"]);
	await say(1, "COMPLETED");
	assert.equal((await handle.result()).status, "FAILED");
});

test("incident: a plan that ends in a pause, with nothing to undo, waits for no resume", async (t) => {
	const { handle, pauseAtIncident, restore } = await openWithoutKafka(t, {
		tickets: {
			async publishTickets() {
				throw new OrchestratorError("PUBLISH_REFUSED", "it is too large");
			},
		},
	});
	await pauseAtIncident();
	restore();
	assert.equal((await handle.result()).status, "FAILED");
	const { summary } = await handle.query<PlanWaits>(planQueries.why);
	assert.equal(summary, "the plan ended as FAILED");
});
