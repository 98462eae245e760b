import assert from "node:assert/strict";
import { test } from "node:test";
import { anomalyOf } from "../../../src/domain/prediction/anomalies.ts";
import {
	growForest,
	isolationScore,
} from "../../../src/domain/prediction/isolation-forest.ts";
import { predictTicket } from "../../../src/domain/prediction/predict.ts";
import type {
	AnomalyType,
	TicketFacts,
} from "../../../src/domain/prediction/prediction.ts";
import { createRandom, gaussian } from "../../../src/domain/seeded-random.ts";
import { calmModel, plainFacts, unseenTickets } from "./made-models.ts";

const names = "abcdefghijklmnopq".split("");
const cases: [AnomalyType, Partial<TicketFacts>, RegExp][] = [
	[
		"resource_mismatch",
		{ risk_band: "low", required_capabilities: names.slice(0, 7) },
		/^needs 7 capabilities at low risk; BUILD of low risk needs at most 5$/,
	],
	[
		"qos_inconsistency",
		{
			risk_band: "low",
			qos: { ...plainFacts.qos, delivery_mode: "EXACTLY_ONCE" },
		},
		/^asks for exactly-once delivery at low risk, as \d\.\d % of such BUILD do$/,
	],
	[
		"duration_outlier",
		{ estimated_duration_ms: 3_000_000 },
		/^is estimated at 3000 s where \d+ s are expected: [\d.]+ times the usual spread above$/,
	],
	[
		"capability_anomaly",
		{ required_capabilities: names },
		/^needs 17 capabilities; BUILD needs at most 10$/,
	],
];

for (const [type, changes, sentence] of cases)
	test(`anomalyOf: ${type} is seen, with its sentence`, () => {
		const { anomaly } = predictTicket(
			{ ...plainFacts, ...changes },
			calmModel,
			null,
		);
		assert.equal(anomaly.is_anomaly, true);
		assert.equal(anomaly.anomaly_type, type);
		assert.match(anomaly.explanation ?? "", sentence);
	});

test("anomalyOf: a plain ticket is none, and scores lower than a strange one", () => {
	const plain = anomalyOf(plainFacts, Math.log(63_000), calmModel);
	assert.deepEqual(
		[plain.is_anomaly, plain.anomaly_type, plain.explanation],
		[false, null, null],
	);
	const strange = anomalyOf(
		{ ...plainFacts, required_capabilities: names, risk_band: "low" },
		Math.log(63_000),
		calmModel,
	);
	assert.ok((strange.anomaly_score ?? 0) > (plain.anomaly_score ?? 1));
	assert.ok((strange.anomaly_score ?? 0) > (calmModel.forest?.limit ?? 1));
});

test("anomalyOf: finds what was made unusual, and little else", () => {
	const flagged = unseenTickets.map(
		(ticket) => predictTicket(ticket, calmModel, null).anomaly.is_anomaly,
	);
	const strange = unseenTickets.map(
		({ made }) => made !== null && made !== "actual_outlier",
	);
	const both = flagged.filter((one, at) => one && strange[at]).length;
	const all = strange.filter(Boolean).length;
	assert.ok(both / all > 0.85, `${both} of ${all}`);
	const falseAlarms = flagged.filter(Boolean).length - both;
	assert.ok(falseAlarms / unseenTickets.length < 0.03, String(falseAlarms));
});

test("growForest: the same seed grows the same forest, which finds the far point", () => {
	const random = createRandom(11);
	const points = Array.from({ length: 500 }, () => [
		gaussian(random),
		gaussian(random),
	]);
	const forest = growForest(points, 0.05, 42);
	assert.deepEqual(growForest(points, 0.05, 42), forest);
	assert.ok(isolationScore(forest, [6, -6]) > forest.limit);
	assert.ok(isolationScore(forest, [0, 0]) < forest.limit);
	const above = points.filter(
		(point) => isolationScore(forest, point) > forest.limit,
	);
	assert.ok(Math.abs(above.length - 25) <= 3, String(above.length));
});

test("growForest: equal points are all as usual", () => {
	const forest = growForest([[1], [1], [1]], 0.05, 1);
	assert.ok(Number.isFinite(isolationScore(forest, [1])));
});
