import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import { test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { TRAINING_WORKFLOW_TYPE } from "../../src/domain/prediction/training-request.ts";
import { createTraining } from "../../src/prediction/training.ts";
import { eventually } from "../support/eventually.ts";
import { openMongo, serverAddress } from "../support/stores.ts";

test("training: while one runs that the schedule began, no other one begins", async (t) => {
	const { mongo } = await openMongo(t);
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	// Other tests have their trainings in the same namespace.
	const n = randomInt(1_000_000, 1_000_000_000);
	await mongo.run({ collection: "models", name: "count" }, (it) =>
		it.insertOne({ _id: "training", kind: "training", n }),
	);
	const client = new Client({ connection });
	const taskQueue = `trainings-${randomUUID()}`;
	const { start } = createTraining({
		...{ mongo, taskQueue, client: () => client },
		settings: {
			...{ windowDays: 30, minTickets: 100, maxErrors: {} },
			...{ shadowFirst: false, timeoutMs: 60_000 },
		},
	});
	const scheduled = `ml-train-${taskQueue}-2027-01-01T00:00:00Z`;
	// Nobody works on the queue: it runs until it is ended.
	const handle = await client.workflow.start(TRAINING_WORKFLOW_TYPE, {
		...{ workflowId: scheduled, taskQueue },
	});
	const ids = [scheduled];
	t.after(async () => {
		for (const id of ids)
			await client.workflow
				.getHandle(id)
				.terminate()
				.catch(() => undefined);
		await connection.close();
	});
	const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
	const count = async () => (await client.workflow.count(query)).count;
	await eventually(async () => (await count()) === 1);
	assert.deepEqual(await start({ trigger: "manual", by: "ada" }), {
		...{ job_id: scheduled, isNew: false },
	});
	await handle.terminate();
	await eventually(async () => (await count()) === 0);
	const begun = await start({ trigger: "manual", by: "ada" });
	ids.push(begun.job_id);
	assert.equal(begun.isNew, true);
});
