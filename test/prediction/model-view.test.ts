import assert from "node:assert/strict";
import { test } from "node:test";
import { fitModel } from "../../src/domain/prediction/fit.ts";
import type { Model } from "../../src/domain/prediction/model.ts";
import { predictTicket } from "../../src/domain/prediction/predict.ts";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { modelsOn, openModelWorld } from "../support/models.ts";
import {
	metricValue,
	mongoUriVia,
	observedCount,
	openMongoVia,
	serverAddress,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { makeHistory } from "../support/ticket-history.ts";

type Collection = Parameters<Parameters<Mongo["run"]>[1]>[0];

const history = makeHistory({ tickets: 600, drift: {} });
const [ticket] = history;
const model = fitModel(history, { name: DURATION_MODEL }) as Model;
const sourceOf = (view: {
	predict(tickets: typeof history): { source: string }[];
}) => view.predict(ticket === undefined ? [] : [ticket])[0]?.source;

test("model view: the estimate until there is a champion, then the champion, then the next, and back", async (t) => {
	const { view, register, become, registry, metrics } = await openModelWorld(t);
	await view.refresh();
	assert.equal(view.isReady, false);
	view.countEstimates(1);
	assert.deepEqual([view.model, view.accuracy], [null, null]);
	const first = await register(model);
	await become("champion", first);
	await view.refresh();
	assert.ok(view.isReady);
	assert.equal(sourceOf(view), "model");
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
	const known = view.current();
	assert.deepEqual(
		view.predictDurations(history.slice(0, 50)),
		history.slice(0, 50).map((facts) => {
			const { duration_ms, p10_ms, p90_ms, source } = predictTicket(
				facts,
				known?.model ?? null,
				null,
			);
			return { duration_ms, p10_ms, p90_ms, source };
		}),
	);
	assert.equal(view.preview(history)[0]?.source, "model");
	await become("champion", await register(model));
	await view.refresh();
	assert.equal(view.model, `${DURATION_MODEL}@2+0`);
	const why = { by: "ada", reason: "it was better" };
	await registry.rollback({ name: DURATION_MODEL, ...why });
	await view.refresh();
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
	const count = (source: string) =>
		metricValue(metrics, "orchestration_ml_predictions_total", { source });
	assert.deepEqual([await count("estimate"), await count("model")], [1, 1]);
	view.fellBack({ plan_id: "p", reason: "failed", tasks: 3 });
	view.fellBack({ plan_id: "q", reason: "too_large", tasks: 5_000 });
	assert.deepEqual(
		[await count("estimate"), await count("fallback")],
		[5_001, 3],
	);
	assert.equal(await metricValue(metrics, "orchestration_ml_model_version"), 1);
	const accuracy = "orchestration_ml_model_accuracy";
	const metric_type = "mae_share";
	assert.ok((await metricValue(metrics, accuracy, { metric_type })) > 0);
	view.predict(history);
	const anomalies = "orchestration_ml_anomalies_detected_total";
	assert.ok((await metricValue(metrics, anomalies)) > 0);
	const took = "orchestration_ml_prediction_duration_seconds";
	assert.equal(await observedCount(metrics, took), 2);
});

const second = { _id: `${DURATION_MODEL}@2` };
const damages: [string, string, (target: Collection) => Promise<unknown>][] = [
	["bytes are missing", "model_chunks", (it) => it.deleteMany({})],
	[
		"bytes are text",
		"model_chunks",
		(it) => it.updateMany({}, { $set: { data: "text" } }),
	],
	[
		"chunks have no bytes",
		"model_chunks",
		(it) => it.updateMany({}, { $unset: { data: "" } }),
	],
	["the document is gone", "models", (it) => it.deleteMany(second)],
	[
		"the version does not name its bytes",
		"models",
		(it) => it.updateOne(second, { $unset: { artifact: "" } }),
	],
];

for (const [name, collection, damage] of damages)
	test(`model view: a champion that does not load leaves the former in place, counted and told: ${name}`, async (t) => {
		const { mongo, view, register, become, metrics } = await openModelWorld(t);
		await become("champion", await register(model));
		await view.refresh();
		await become("champion", await register({ ...model, estimate_bias: {} }));
		await mongo.run({ collection, name: "damage" }, damage);
		await view.refresh();
		await view.refresh();
		assert.equal(view.model, `${DURATION_MODEL}@1+0`);
		assert.equal(sourceOf(view), "model");
		const { unreadable } = view.state();
		assert.equal(unreadable?.model, `${DURATION_MODEL}@2`);
		assert.ok(unreadable.reason.length > 10);
		const labels = { alias: "champion" };
		const errors = "orchestration_ml_model_load_errors_total";
		assert.equal(await metricValue(metrics, errors, labels), 1);
		// A process that begins now has no former one.
		const late = modelsOn(mongo).view;
		await late.refresh();
		assert.ok(late.isReady);
		assert.equal(sourceOf(late), "fallback");
	});

test("model view: damaged aliases leave the champion in place, counted, until they are repaired", async (t) => {
	const { mongo, view, register, become, metrics } = await openModelWorld(t);
	await become("champion", await register(model));
	await view.refresh();
	const update = async (change: Record<string, Record<string, unknown>>) =>
		await mongo.run({ collection: "models", name: "damage" }, (it) =>
			it.updateOne({ _id: DURATION_MODEL }, change),
		);
	await update({ $unset: { champions: "" } });
	await view.refresh();
	await view.refresh();
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
	assert.equal(view.state().unreadable?.model, DURATION_MODEL);
	const errors = "orchestration_ml_model_load_errors_total";
	assert.equal(await metricValue(metrics, errors), 1);
	await update({ $set: { champions: [1] } });
	await view.refresh();
	assert.equal(view.state().unreadable, null);
});

test("model view: another feature set, and a figure that is no number, are refused by name before they become anything", async (t) => {
	const { register, become } = await openModelWorld(t);
	const other = { ...model, feature_schema: "ours-9" } as unknown as Model;
	await assert.rejects(become("champion", await register(other)), {
		...{ code: "MODEL_UNREADABLE", message: /feature set "ours-9"/ },
	});
	const hole = { ...model, trained: { ...model.trained, to_ms: Number.NaN } };
	await assert.rejects(become("champion", await register(hole)), {
		...{ code: "MODEL_UNREADABLE", message: /trained\.to_ms is null/ },
	});
});

test("model view: with MongoDB away it predicts as before", async (t) => {
	const target = new URL(serverAddress("MONGODB_URI")).host;
	const proxy = await openTcpProxy(t, target);
	const { mongo } = openMongoVia(t, mongoUriVia(proxy.address));
	await mongo.indexed;
	const { view, register, become } = modelsOn(mongo);
	await become("champion", await register(model));
	await view.refresh();
	await proxy.cut();
	await view.refresh();
	assert.equal(sourceOf(view), "model");
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
});
