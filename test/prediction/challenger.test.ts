import assert from "node:assert/strict";
import { test } from "node:test";
import { fitModel } from "../../src/domain/prediction/fit.ts";
import type { Model } from "../../src/domain/prediction/model.ts";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import {
	beginMs,
	end,
	history,
	model,
	openLearner,
	openWorld,
} from "../support/learners.ts";
import { metricValue } from "../support/stores.ts";

test("learner: a challenger that is better on live tickets becomes champion, a worse one is let go", async (t) => {
	const world = await openWorld(t);
	await world.become("champion", await world.register(worseModel()));
	await world.become("challenger", await world.register(model));
	await world.view.refresh();
	const { learner, metrics } = openLearner(world, "a");
	await learner.turn(beginMs);
	await end(world, history.slice(2_000), beginMs);
	await learner.turn(beginMs + 60_000);
	const aliases = async () => {
		const found = await world.registry.read(DURATION_MODEL);
		return [found?.champion, found?.challenger];
	};
	assert.deepEqual(await aliases(), [3, null]);
	const error = (alias: string) =>
		metricValue(metrics, "orchestration_ml_shadow_mae_share", { alias });
	assert.ok((await error("challenger")) < (await error("champion")));
	await world.become("challenger", 2);
	await world.view.refresh();
	await learner.turn(beginMs + 61_000);
	const more = history.slice(2_000).map((one) => ({
		...{
			...one,
			ticket_id: `again-${one.ticket_id}`,
			plan_id: `again-${one.plan_id}`,
		},
	}));
	await end(world, more, beginMs + 62_000);
	await learner.turn(beginMs + 120_000);
	assert.deepEqual(await aliases(), [3, null]);
});

test("learner: a challenger that does not load is tried now and then, and told once", async (t) => {
	const world = await openWorld(t);
	await world.become("challenger", await world.register(worseModel()));
	await world.mongo.run({ collection: "models", name: "damage" }, (it) =>
		it.updateOne({ _id: `${DURATION_MODEL}@2` }, { $unset: { artifact: "" } }),
	);
	const { learner, metrics, told } = openLearner(world, "a");
	for (const afterMs of [0, 5_000, 10_000, 65_000])
		assert.equal(await learner.turn(beginMs + afterMs), "leading");
	const errors = "orchestration_ml_model_load_errors_total";
	assert.equal(await metricValue(metrics, errors, { alias: "challenger" }), 2);
	assert.deepEqual(told.errors, ["the challenger does not load"]);
});

function worseModel(): Model {
	const worse = fitModel(history.slice(0, 150), { name: DURATION_MODEL });
	assert.ok(worse);
	return worse;
}
