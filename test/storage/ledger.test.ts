import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal128, Double, Int32, Long } from "mongodb";
import { toJson } from "../../src/domain/json-text.ts";
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

test("ledger: numbers keep their digits, whichever of MongoDB's types they have", async (t) => {
	const { mongo } = await openMongo(t);
	const numbers = [
		new Long(7_615_917_337_495_251_231n),
		Long.fromNumber(5),
		Decimal128.fromString("1234567890.123456789012345"),
		Decimal128.fromString("1E+400"),
		Decimal128.fromString("0.10"),
		Decimal128.fromString("NaN"),
		new Int32(7),
		new Double(0.8333333333333334),
	];
	await mongo.run({ collection: "cognitive_ledger", name: "put" }, (target) =>
		target.insertOne({ _id: "1", plan_id: "p", plan_data: { numbers } }),
	);
	const plan = await createLedger(mongo).readPlan("p");
	assert.equal(
		toJson((plan as { numbers: unknown }).numbers),
		"[7615917337495251231,5,1234567890.123456789012345,1E+400,0.1,null,7,0.8333333333333334]",
	);
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
