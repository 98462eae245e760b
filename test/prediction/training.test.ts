import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { TRAINING_WORKFLOW_TYPE } from "../../src/domain/prediction/training-request.ts";
import { createTraining } from "../../src/prediction/training.ts";
import { eventually } from "../support/eventually.ts";
import { openMongo, serverAddress } from "../support/stores.ts";

const byAda = { trigger: "manual", by: "ada" } as const;

/** Trainings on a queue where nobody works: each runs until it is ended. */
async function openTraining(t: TestContext) {
	const { mongo } = await openMongo(t);
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	const client = new Client({ connection });
	const taskQueue = `trainings-${randomUUID()}`;
	const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
	t.after(async () => {
		for await (const { workflowId } of client.workflow.list({ query }))
			await client.workflow
				.getHandle(workflowId)
				.terminate()
				.catch(() => undefined);
		await connection.close();
	});
	const training = createTraining({
		...{ mongo, taskQueue, client: () => client },
		settings: {
			...{ windowDays: 30, minTickets: 100, maxErrors: {} },
			...{ shadowFirst: false, timeoutMs: 60_000 },
		},
	});
	const count = async () => (await client.workflow.count(query)).count;
	return { client, taskQueue, training, count };
}

test("training: while one runs that the schedule began, no other one begins", async (t) => {
	const { client, taskQueue, training, count } = await openTraining(t);
	const scheduled = `ml-train-${taskQueue}-2027-01-01T00:00:00Z`;
	const handle = await client.workflow.start(TRAINING_WORKFLOW_TYPE, {
		...{ workflowId: scheduled, taskQueue },
	});
	await eventually(async () => (await count()) === 1);
	assert.deepEqual(await training.start(byAda), {
		...{ job_id: scheduled, isNew: false },
	});
	await handle.terminate();
	await eventually(async () => (await count()) === 0);
	assert.equal((await training.start(byAda)).isNew, true);
	await eventually(async () => (await count()) === 1);
});

test("training: another queue of the namespace has trainings of its own", async (t) => {
	const [one, other] = [await openTraining(t), await openTraining(t)];
	const { job_id } = await one.training.start(byAda);
	const theirs = await other.training.start(byAda);
	assert.equal(theirs.isNew, true);
	assert.notEqual(theirs.job_id, job_id);
	assert.equal((await one.training.readJob(job_id))?.status, "running");
	assert.equal(await other.training.readJob(job_id), undefined);
	await eventually(async () => (await one.count()) === 1);
	await eventually(async () => (await other.count()) === 1);
});
