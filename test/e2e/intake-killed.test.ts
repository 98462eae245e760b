import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, type TestContext, test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { toDecisionMessage } from "../../src/messaging/decision-message.ts";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createTopicTable,
	type TopicTable,
} from "../../src/messaging/topics.ts";
import { kafkaSettings, openAdmin } from "../messaging/broker.ts";
import { serverAddress } from "../support/server-address.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const connection = await Connection.connect({
	address: serverAddress("TEMPORAL_HOST"),
});
after(() => connection.close());
const temporal = new Client({ connection });
const producer = await createProducer({
	...kafkaSettings(),
	compression: "gzip",
});
after(() => producer.close());

const steps = [
	"looked up",
	"recalled",
	"begun in Temporal",
	"handed over",
	"remembered",
	"accepted",
];
const intakeFile = path.join(import.meta.dirname, "support/dying-intake.ts");

/** Intake with a topic and a group of its own beside the world's. */
async function openIntake(name: string) {
	const topics = createTopicTable({
		prefix: `${world.name}.`,
		consensus: `plans.${name}`,
	});
	const { consensus, consensusDlq } = topics;
	await ensureTopics(
		kafkaSettings(),
		{ consensus, consensusDlq } as TopicTable,
		{ replicationFactor: 1 },
	);
	const groupId = `${world.name}-${name}`;
	const env = {
		...process.env,
		LOG_LEVEL: "warn",
		SERVICE_NAME: groupId,
		KAFKA_TOPIC_PREFIX: `${world.name}.`,
		KAFKA_CONSENSUS_TOPIC: `plans.${name}`,
		KAFKA_CONSUMER_GROUP_ID: groupId,
		TEMPORAL_TASK_QUEUE: world.name,
		MONGODB_DATABASE: world.name,
	};
	return {
		topics,
		run: (dieAfter?: string): ChildProcess =>
			spawn(process.execPath, [intakeFile], {
				env: { ...env, ...(dieAfter && { DIE_AFTER: dieAfter }) },
				stdio: ["ignore", "ignore", "inherit"],
			}),
		groupId,
	};
}

/** Gives intake the decision; it dies after the step, and its successor is done with the same record. */
async function dieAndGoOn(
	t: TestContext,
	{ name, step }: { name: string; step: string },
	decision: object,
): Promise<void> {
	const intake = await openIntake(name);
	const topic = intake.topics.consensus.name;
	await producer.send([toDecisionMessage(topic, decision)]);
	const dying = intake.run(step);
	const [, signal] = await once(dying, "exit");
	assert.equal(signal, "SIGKILL", `it died after: ${step}`);
	const successor = intake.run();
	t.after(() => successor.kill("SIGKILL"));
	await untilCommitted(t, intake);
	successor.kill("SIGKILL");
}

async function untilCommitted(
	t: TestContext,
	{ groupId, topics }: Awaited<ReturnType<typeof openIntake>>,
): Promise<void> {
	const admin = await openAdmin(t);
	await world.eventually(async () => {
		const [offsets] = await admin.fetchOffsets({
			groupId,
			topics: [topics.consensus.name],
		});
		return offsets?.partitions.some(({ offset }) => Number(offset) === 1);
	});
	const letters = await admin.fetchTopicOffsets(topics.consensusDlq.name);
	assert.ok(letters.every(({ high }) => high === "0"));
}

async function runsOf(workflowId: string): Promise<number> {
	let count = 0;
	const query = `WorkflowId = "${workflowId}"`;
	for await (const _ of temporal.workflow.list({ query })) count += 1;
	return count;
}

// Side by side: a successor waits until the group has given up the dead.
test("intake killed: between every two steps, one plan runs once", async (t) => {
	await Promise.all(
		steps.map(async (step, index) => {
			const plan_id = newPlanId(`killed-${index}`);
			const plan = buildPlan({ plan_id, tasks: [{ task_id: "a" }] });
			const decision = buildDecision(plan, {});
			await dieAndGoOn(t, { name: `start-${index}`, step }, decision);
			assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
			assert.equal(await runsOf(`orch-${plan_id}`), 1, step);
			assert.equal(world.recordsOf("tickets", plan_id).length, 1, step);
			const { decision_id } = decision;
			const written = await world.documents("decisions", { decision_id });
			assert.equal(written.length, 1, step);
		}),
	);
});

test("intake killed: between every two steps, one reject reaches the plan that waits", async (t) => {
	await Promise.all(
		steps.map(async (step, index) => {
			const plan_id = newPlanId(`rejected-${index}`);
			const plan = buildPlan({ plan_id, tasks: [{ task_id: "a" }] });
			await world.publish(
				buildDecision(plan, { final_decision: "review_required" }),
			);
			await world.planWith(
				plan_id,
				({ status }) => status === "AWAITING_APPROVAL",
			);
			const reject = buildDecision(plan, {
				decision_id: `reject-${plan_id}`,
				final_decision: "reject",
			});
			await dieAndGoOn(t, { name: `reject-${index}`, step }, reject);
			assert.equal((await world.finalPlan(plan_id)).status, "REJECTED", step);
			assert.equal(await runsOf(`decision-${reject.decision_id}`), 1, step);
		}),
	);
});
