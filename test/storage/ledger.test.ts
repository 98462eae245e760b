import assert from "node:assert/strict";
import { test } from "node:test";
import { createLedger } from "../../src/storage/ledger.ts";
import {
	mongoUriVia,
	openMongo,
	openMongoVia,
	serverAddress,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

test("ledger: gives the plan with its ids as plain JSON, and nothing for an unknown one", async (t) => {
	const { mongo } = await openMongo(t);
	await mongo.run({ collection: "cognitive_ledger", name: "put" }, (target) =>
		target.insertOne({
			_id: "1",
			plan_id: "p",
			intent_id: "intenção",
			plan_data: {
				tasks: [{ task_id: "t" }],
				created_at: new Date(0),
			},
		}),
	);
	const ledger = createLedger(mongo);
	assert.deepEqual(await ledger.readPlan("p"), {
		plan_id: "p",
		intent_id: "intenção",
		tasks: [{ task_id: "t" }],
		created_at: "1970-01-01T00:00:00.000Z",
	});
	assert.equal(await ledger.readPlan("q"), undefined);
});

test("ledger: an entry whose plan is no object is given as it is", async (t) => {
	const { mongo } = await openMongo(t);
	await mongo.run({ collection: "cognitive_ledger", name: "put" }, (target) =>
		target.insertOne({ _id: "1", plan_id: "p", plan_data: "text" }),
	);
	assert.equal(await createLedger(mongo).readPlan("p"), "text");
});

test("ledger: mongodb away is no absent plan", async (t) => {
	const proxy = await openTcpProxy(
		t,
		new URL(serverAddress("MONGODB_URI")).host,
	);
	await proxy.cut();
	const { mongo } = openMongoVia(t, mongoUriVia(proxy.address));
	await assert.rejects(createLedger(mongo).readPlan("p"), {
		code: "STORE_UNAVAILABLE",
	});
});
