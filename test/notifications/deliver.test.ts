import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import {
	type NotifiedPlan,
	planNotifications,
} from "../../src/domain/notification.ts";
import {
	createWebhook,
	SIGNATURE_HEADER,
} from "../../src/notifications/channels.ts";
import { createOutbox } from "../../src/notifications/outbox.ts";
import { eventually } from "../support/eventually.ts";
import { openMongo, silentLog } from "../support/stores.ts";

const NOW = 1_000_000_000_000;
const key = "secret-of-at-least-32-characters-0";

const plan = (changes: Partial<NotifiedPlan> = {}): NotifiedPlan => ({
	...{ plan_id: "p", workflow_id: "orch-p", run_id: randomUUID() },
	...{ status: "SUCCESS", finished_at: NOW, error_message: null },
	...{ tickets_generated: 2, tickets_completed: 2, sla_deadline: NOW },
	approval: null,
	...changes,
});

async function openReceiver(t: TestContext) {
	const received: { body: string; signature: string }[] = [];
	let status = 200;
	const held = new EventEmitter();
	const server = createServer(async (request, response) => {
		let body = "";
		for await (const chunk of request) body += String(chunk);
		received.push({
			body,
			signature: String(request.headers[SIGNATURE_HEADER]),
		});
		if (status === 0) await once(held, "go");
		response.writeHead(status || 200).end();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close().closeAllConnections());
	const { port } = server.address() as AddressInfo;
	const { mongo } = await openMongo(t);
	const webhook = createWebhook({
		...{ url: `http://127.0.0.1:${port}/hook`, key },
		nowMs: () => NOW,
	});
	const outbox = createOutbox<PlanNotification>(mongo, {
		collection: "notifications",
		idOf: ({ notification_id }) => notification_id,
		channels: [webhook],
		count: () => undefined,
		log: silentLog,
	});
	return {
		...{ received, outbox, letGo: () => held.emit("go") },
		turn: outbox.deliverDue,
		answer: (next: number) => {
			status = next;
		},
	};
}

test("planNotifications: a plan that ended, and one that waits for a person", () => {
	const [ended] = planNotifications(plan());
	assert.equal(ended?.event, "plan.ended");
	assert.equal(ended?.details.tickets_completed, 2);
	const approval = { requested_at: NOW, expires_at: NOW + 5 } as never;
	const waiting = plan({ status: "AWAITING_APPROVAL", approval });
	assert.deepEqual(
		planNotifications(waiting).map(({ event, details }) => [event, details]),
		[["plan.awaiting_approval", { expires_at: NOW + 5 }]],
	);
	assert.deepEqual(planNotifications(plan({ status: "RUNNING" })), []);
});

test("planNotifications: each once, and anew for a plan that is run again", () => {
	const one = plan();
	const [first] = planNotifications(one);
	assert.deepEqual(planNotifications({ ...one }), [first]);
	const [again] = planNotifications({ ...one, former_rounds: [{ round: 0 }] });
	assert.notEqual(again?.notification_id, first?.notification_id);
});

test("deliver: signed, once, however often it is put", async (t) => {
	const { outbox, turn, received } = await openReceiver(t);
	const some = planNotifications(plan());
	await outbox.put(some, NOW);
	await outbox.put(some, NOW);
	await turn(NOW);
	await turn(NOW + 3_600_000);
	assert.equal(received.length, 1);
	const [{ body = "", signature = "" } = {}] = received;
	const message = JSON.parse(body) as PlanNotification;
	assert.equal(message.event, "plan.ended");
	const hmac = createHmac("sha256", key).update(`${NOW / 1000}.${body}`);
	assert.equal(signature, `t=${NOW / 1000},v1=${hmac.digest("hex")}`);
});

test("deliver: what fails comes again later under its id, and is given up after a day", async (t) => {
	const { outbox, turn, received, answer } = await openReceiver(t);
	const [one] = planNotifications(plan());
	await outbox.put(one === undefined ? [] : [one], NOW);
	answer(500);
	await turn(NOW);
	await turn(NOW + 1_000);
	assert.equal(received.length, 1);
	answer(204);
	await turn(NOW + 20_000);
	assert.equal(received.length, 2);
	assert.equal(received[1]?.body, received[0]?.body);

	const [lost] = planNotifications(plan());
	await outbox.put(lost === undefined ? [] : [lost], NOW);
	answer(500);
	await turn(NOW + 86_400_001);
	await turn(NOW + 2 * 86_400_000);
	assert.equal(received.length, 3);
});

test("outbox: says that more may be due, so that many messages wait for no pause", async (t) => {
	const { outbox, turn, received } = await openReceiver(t);
	const many = Array.from({ length: 25 }, () => planNotifications(plan()));
	await outbox.put(many.flat(), NOW);
	assert.equal(await turn(NOW), true);
	assert.equal(received.length, 20);
	assert.equal(await turn(NOW), false);
	assert.equal(received.length, 25);
});

test("outbox: two processes never deliver the same one, and one that dies gives it back", async (t) => {
	const { outbox, turn, received, answer, letGo } = await openReceiver(t);
	await outbox.put(planNotifications(plan()), NOW);
	await Promise.all([turn(NOW), turn(NOW)]);
	assert.equal(received.length, 1);
	await outbox.put(planNotifications(plan()), NOW);
	// It does not answer: as if the process had died meanwhile.
	answer(0);
	const first = turn(NOW);
	await eventually(() => received.length === 2);
	answer(200);
	await turn(NOW + 59_000);
	assert.equal(received.length, 2);
	await turn(NOW + 60_000);
	assert.equal(received.length, 3);
	letGo();
	await first;
});
