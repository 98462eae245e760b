import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "@temporalio/activity";
import type { WorkflowHandle } from "@temporalio/client";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { planQueries, planUpdates } from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { untilFreshRun } from "../support/fresh-run.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	keep,
	openWorld,
	planOf,
	report,
	resultOf,
} from "../support/plan-world.ts";
import { waitingInput } from "../support/waiting-plan.ts";

// What was told to stop may fail instead, because the server that it waits for hangs: Temporal tries it no more, and
// hands the failure to the plan. The plan must take it for the stop that it is.

const command = { actor: "ada", reason: "because" };

/** A server that hangs until it is back, or until nobody wants its answer any more, and then fails. */
function createHanging(code: "STORE_UNAVAILABLE" | "PUBLISH_UNCONFIRMED") {
	const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>();
	const server = { comeBack, pass, heldCount: 0, stoppedCount: 0 };
	let isAway = true;
	void isBack.then(() => {
		isAway = false;
	});
	async function pass(): Promise<void> {
		if (!isAway) return;
		const { info, cancelled } = Context.current();
		if (!info.isLocal) {
			server.heldCount += 1;
			await Promise.race([isBack, cancelled.catch(() => undefined)]);
			if (!isAway) return;
			server.stoppedCount += 1;
		}
		throw new OrchestratorError(code, "away");
	}
	return server;
}

function inputOf(settings: { ticketMaxAttempts?: number } = {}) {
	const decision = someDecision();
	const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));
	return { ...input, settings: { ...input.settings, ...settings } };
}

async function untilWaitingFor(handle: WorkflowHandle, server: RegExp) {
	await eventually(async () =>
		server.test(
			(await handle.query<{ summary: string }>(planQueries.why)).summary,
		),
	);
}

test("documents whose write was told to stop and failed are written by the fresh run", async (t) => {
	const mongodb = createHanging("STORE_UNAVAILABLE");
	const documents = new Map<string, Record<string, unknown>>();
	const world = await openWorld(t, {
		documents: {
			async write(writes: readonly DocumentWrite[]) {
				await mongodb.pass();
				for (const write of writes) keep({ documents, writes: [] }, write);
			},
		},
	});
	const handle = await world.start(waitingInput());
	await untilWaitingFor(handle, /approv/);
	await untilFreshRun(handle);
	assert.ok(mongodb.stoppedCount >= 1);
	mongodb.comeBack();
	await eventually(
		() =>
			documents.get(`workflows/${handle.workflowId}`)?.status ===
			"AWAITING_APPROVAL",
		60_000,
	);
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
	await eventually(() => world.tickets.length === 1);
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
	const stored = documents.get(`workflows/${handle.workflowId}`);
	assert.equal(stored?.status, "SUCCESS");
});

test("an incident that was told to stop and failed is published by the fresh run", async (t) => {
	const kafka = createHanging("PUBLISH_UNCONFIRMED");
	const incidents: unknown[] = [];
	const world = await openWorld(t, {
		incidents: {
			async publishIncident(incident) {
				await kafka.pass();
				incidents.push(incident);
			},
		},
	});
	const handle = await world.start(inputOf({ ticketMaxAttempts: 1 }));
	await eventually(() => world.tickets.length === 1);
	const [ticket] = world.tickets;
	await report(handle, [resultOf(ticket?.ticket_id ?? "", "FAILED")]);
	await untilWaitingFor(handle, /Kafka/);
	await untilFreshRun(handle);
	assert.ok(kafka.stoppedCount >= 1);
	kafka.comeBack();
	const undoing = await eventually(() => world.tickets[1], 60_000);
	await report(handle, [resultOf(undoing.ticket_id, "COMPLETED")]);
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(incidents.length, 1);
});

test("a publication that was told to stop and failed is a stop of its ticket, no refusal", async (t) => {
	const kafka = createHanging("PUBLISH_UNCONFIRMED");
	const world = await openWorld(t, {
		tickets: { publishTickets: () => kafka.pass() },
	});
	const handle = await world.start(inputOf());
	await eventually(() => kafka.heldCount >= 1);
	await handle.executeUpdate(planUpdates.cancel, { args: [command] });
	assert.equal((await handle.result()).status, "CANCELLED");
	assert.ok(kafka.stoppedCount >= 1);
	const [ticket] = [...world.documents].flatMap(([key, fields]) =>
		key.startsWith("execution_tickets/") ? [fields] : [],
	);
	assert.equal(ticket?.outcome, "cancelled");
	assert.doesNotMatch(String(ticket?.error_message), /refused/);
});
