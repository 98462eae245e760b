import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import { MAX_PLAN_BYTES } from "../../src/domain/plan-size.ts";
import {
	dryRunDecision,
	withDryPredictions,
} from "../../src/plans/dry-run-decision.ts";
import type { PlanFallback } from "../../src/plans/predict-plan.ts";
import { prepareRun } from "../../src/plans/prepare-run.ts";
import { openDryRuns } from "../support/dry-runs.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { planJson, type TaskSketch } from "../support/plans.ts";
import { predictorOf } from "../support/predictions.ts";

const NOW_MS = 1_800_000_000_000;
const settings = {
	settings: planSettings,
	versions: { v2Enabled: true, v2Percentage: 0 },
};
const tasks: TaskSketch[] = [
	["b", ["a"], { parameters: { size: "12" } }],
	["a", [], { estimated_duration_ms: 700 }],
];
/** Ten times the estimate. */
const tenfold = predictorOf((facts) => 10 * facts.estimated_duration_ms);

function prepare(
	sketch: readonly TaskSketch[],
	predictor?: Parameters<typeof prepareRun>[0]["predictor"],
	changes: Record<string, unknown> = {},
) {
	const arrival = {
		value: {
			...{ decision_id: "d-1", plan_id: "p-1", metadata: {} },
			final_decision: "approve",
			cognitive_plan: planJson(sketch),
			...changes,
		},
		...{ receivedAtMs: NOW_MS, decidedAtMs: NOW_MS },
		...{ source: null, via: "rest" as const },
	};
	const prepared = prepareRun({ ...settings, predictor }, arrival);
	assert.ok(prepared.ok);
	return prepared.input;
}

test("prepareRun: each task is predicted, in the plan's order, with what is known of it", () => {
	const seen: unknown[] = [];
	const watching = {
		...tenfold,
		predictDurations(facts: Parameters<typeof tenfold.predict>[0]) {
			seen.push(...facts);
			return tenfold.predict(facts);
		},
	};
	const { predictions } = prepare(tasks, watching, {
		metadata: { tenant_id: "acme" },
	});
	const [b, a] = seen as Record<string, unknown>[];
	assert.equal(predictions?.model, "m@1+2");
	assert.deepEqual(predictions?.ms[1], [3_500, 7_000, 14_000]);
	assert.equal(a?.estimated_duration_ms, 700);
	assert.equal(b?.parameters_size, 13);
	assert.deepEqual([a?.tenant, a?.at_ms], ["acme", NOW_MS]);
});

test("prepareRun: off, without a model and for a rejected plan the input is what it was; one that fails is told", () => {
	const plain = prepare(tasks);
	const told: PlanFallback[] = [];
	const fallsBack = (model: typeof tenfold, expected: PlanFallback) => {
		const fellBack = (fallback: PlanFallback) => void told.push(fallback);
		const { warnings, ...input } = prepare(tasks, { ...model, fellBack });
		assert.deepEqual(
			warnings?.map(({ code }) => code),
			["PREDICTION_FALLBACK"],
		);
		assert.deepEqual({ ...input, warnings: [] }, plain);
		const {
			error: _,
			plan_id,
			...fallback
		} = told.at(-1) as PlanFallback & {
			plan_id: string;
		};
		assert.deepEqual([plan_id, fallback], ["p-1", expected]);
	};
	assert.equal("predictions" in plain, false);
	const none = { ...tenfold, model: null };
	assert.deepEqual(prepare(tasks, none), plain);
	const guessing = {
		...tenfold,
		predictDurations: (facts: Parameters<typeof tenfold.predict>[0]) =>
			tenfold
				.predict(facts)
				.map((one) => ({ ...one, source: "fallback" as const })),
	};
	fallsBack(guessing, { reason: "failed", tasks: 2 });
	const failing = {
		...tenfold,
		predictDurations() {
			throw new TypeError("no such tree");
		},
	};
	fallsBack(failing, { reason: "failed", tasks: 2 });
	const rejected = prepare(tasks, tenfold, { final_decision: "reject" });
	assert.equal("predictions" in rejected, false);
});

test("prepareRun: 5,000 tasks are predicted; at the limit of bytes a plan goes by its estimates, and is no larger", () => {
	const sketch = (text: string): TaskSketch[] =>
		Array.from({ length: 5_000 }, (_, at) => [
			`t-${at}`,
			[],
			{ description: text },
		]);
	const large = prepare(sketch(""), tenfold);
	assert.equal(large.predictions?.ms.length, 5_000);
	assert.ok(jsonBytes(large.predictions) < 150_000);
	const room =
		MAX_PLAN_BYTES - jsonBytes(large.plan) - jsonBytes(large.decision);
	const full = prepare(sketch("x".repeat(Math.floor(room / 5_000))), tenfold);
	assert.equal("predictions" in full, false);
	assert.match(full.warnings?.[0]?.message ?? "", /too large/);
	assert.ok(jsonBytes(full.plan) > MAX_PLAN_BYTES - 20_000);
});

async function dry(value: unknown) {
	const asked = { value, nowMs: NOW_MS };
	return await withDryPredictions(
		dryRunDecision(settings, asked),
		NOW_MS,
		async (facts) => ({
			...{ model: tenfold.model, predictions: tenfold.predict(facts) },
			p99Ms: facts.map(() => 1_000_000),
		}),
	);
}

test("dryRunDecision: with a model the finish has an interval, and time-outs that are too short are told, not changed", async () => {
	const plan = planJson(tasks);
	const reply = await dry(plan);
	assert.ok(reply.kind === "done");
	const { prediction, warnings } = reply.run;
	const { interval } = prediction ?? {};
	assert.ok(interval !== undefined && prediction !== null);
	assert.ok(interval.finish_p10 < prediction.finish_at);
	assert.ok(prediction.finish_at < interval.finish_p90);
	assert.match(prediction.basis, /^what m@1\+2 predicts for each task/);
	const short = warnings.filter(({ code }) => code === "TIMEOUT_IS_SHORT");
	assert.equal(short.length, 2);
	assert.match(short[0]?.message ?? "", /more than 1000000 ms: an estimate of/);
	// The same answer again.
	assert.deepEqual(await dry(plan), reply);
	assert.deepEqual((await dry({})).kind, "done");
});

test("openDryRunThread: the thread asks its process for the predictions", async (t) => {
	const dryRuns = openDryRuns(t, {
		predict: (facts) => ({
			...{ model: tenfold.model, predictions: tenfold.predict(facts) },
			p99Ms: [],
		}),
	});
	const ask = async (value: unknown) => {
		const body = new TextEncoder().encode(JSON.stringify(value));
		const answer = await dryRuns.dryRun(body, "ana");
		return JSON.parse(new TextDecoder().decode(answer));
	};
	const { prediction } = await ask(planJson(tasks));
	assert.equal(prediction.interval.model, "m@1+2");
	assert.equal((await ask({})).outcome, "would_be_refused");
});
