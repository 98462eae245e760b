import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	documented,
	documentedFeatures,
	featureNames,
	groupOf,
	regressionFeatures,
	regressors,
} from "../../../src/domain/prediction/features.ts";
import {
	featuresOf,
	predictTicket,
	proposeTimeout,
} from "../../../src/domain/prediction/predict.ts";
import type { TicketFacts } from "../../../src/domain/prediction/prediction.ts";
import {
	calmModel,
	modelOf,
	plainFacts,
	unseenTickets,
} from "./made-models.ts";

const numbers = fc.oneof(
	fc.double(),
	fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e308),
);
/** Whatever may come, sense or not. */
const anyFacts: fc.Arbitrary<TicketFacts> = fc.record({
	task_type: fc.constantFrom("BUILD", "QUERY", "TRANSFORM", "COMPENSATE"),
	risk_band: fc.constantFrom("low", "medium", "high", "critical"),
	required_capabilities: fc.array(
		fc.oneof(fc.constantFrom("node", "__proto__", "sql"), fc.string()),
		{ maxLength: 20 },
	),
	qos: fc.record({
		delivery_mode: fc.constantFrom(
			"AT_MOST_ONCE",
			"AT_LEAST_ONCE",
			"EXACTLY_ONCE",
		),
		consistency: fc.constantFrom("EVENTUAL", "STRONG"),
		durability: fc.constantFrom("TRANSIENT", "PERSISTENT"),
	}),
	parameters_size: numbers,
	estimated_duration_ms: numbers,
	timeout_ms: numbers,
	retry_count: numbers,
	tenant: fc.oneof(fc.constantFrom("search", "__proto__", "*"), fc.string()),
	at_ms: numbers,
});

test("documented: the fifteen features, in their order", () => {
	const facts: TicketFacts = {
		...plainFacts,
		risk_band: "high",
		retry_count: 2,
		qos: { ...plainFacts.qos, delivery_mode: "EXACTLY_ONCE" },
	};
	const history = {
		BUILD: {
			tickets: 9,
			avg_ms: 70_000,
			std_ms: 8_000,
			median_ms: 60_000,
			success_rate: 0.9,
		},
	};
	const values = documented(facts, { history, estimate_bias: {} });
	assert.deepEqual(
		Object.fromEntries(
			documentedFeatures.map((name, at) => [name, values[at]]),
		),
		{
			risk_weight: 0.7,
			qos_delivery_score: 1,
			qos_consistency_score: 0.85,
			qos_durability_score: 1,
			capabilities_count: 2,
			task_type_encoded: 0,
			parameters_size: 1_000,
			estimated_duration_ms: 60_000,
			sla_timeout_ms: 180_000,
			avg_duration_by_task: 70_000,
			avg_duration_by_risk: 70_000,
			success_rate_by_task: 0.9,
			std_duration_by_task: 8_000,
			retry_count: 2,
			hour_of_day: 12,
		},
	);
	assert.equal(documentedFeatures.length, 15);
});

test("features: as many as they have names, all numbers, whatever the ticket says", () => {
	fc.assert(
		fc.property(anyFacts, (facts) => {
			assert.equal(
				regressors(facts, calmModel).length,
				regressionFeatures.length,
			);
			for (const feature_schema of ["documented-15", "ours-1"] as const) {
				const values = featuresOf(facts, { ...calmModel, feature_schema });
				assert.equal(values.length, featureNames[feature_schema].length);
				assert.ok(values.every(Number.isFinite), values.join());
			}
		}),
	);
});

test("groupOf: the same whatever the order of the capabilities; a long set, or one that is no key, is its hash", () => {
	const of = (...required_capabilities: string[]) =>
		groupOf({ task_type: "BUILD", required_capabilities });
	assert.equal(of("node", "docker"), of("docker", "node", "docker"));
	assert.notEqual(of("node"), of("docker", "node"));
	for (const odd of ["x".repeat(500), "a\0b"]) {
		const group = of(odd);
		assert.ok(group.length < 40 && group.startsWith("BUILD|#"), group);
	}
});

test("predictTicket: whole ms in order, never an error, whatever the ticket says", () => {
	fc.assert(
		fc.property(anyFacts, fc.boolean(), (facts, hasModel) => {
			const said = predictTicket(facts, hasModel ? calmModel : null, null);
			const { p10_ms, duration_ms, p90_ms, duration_confidence } = said;
			for (const ms of [p10_ms, duration_ms, p90_ms])
				assert.ok(Number.isSafeInteger(ms) && ms >= 1, String(ms));
			assert.ok(p10_ms <= duration_ms && duration_ms <= p90_ms);
			assert.ok(duration_confidence >= 0 && duration_confidence <= 1);
			assert.equal(said.source, hasModel ? "model" : "estimate");
			assert.equal(said.model, hasModel ? "durations@3+0" : null);
			assert.equal(said.anomaly.is_anomaly && !hasModel, false);
		}),
	);
});

test("predictTicket: a model read from its JSON says the same", () => {
	const read = JSON.parse(JSON.stringify(calmModel));
	for (const ticket of unseenTickets.slice(0, 200))
		assert.deepEqual(
			predictTicket(ticket, read, null),
			predictTicket(ticket, calmModel, null),
		);
});

test("predictTicket: a model whose answer is no number leaves the estimate, marked", () => {
	const broken = structuredClone(calmModel);
	broken.regression.all.weights[0] = Number.NaN;
	const said = predictTicket(plainFacts, broken, null);
	assert.equal(said.source, "fallback");
	assert.equal(said.duration_ms, plainFacts.estimated_duration_ms);
});

test("proposeTimeout: above p90, and only of a type with 300 tickets", () => {
	const timeout = proposeTimeout(plainFacts, calmModel, null);
	const { p90_ms } = predictTicket(plainFacts, calmModel, null);
	assert.ok(timeout !== null && timeout >= p90_ms, `${timeout} ${p90_ms}`);
	const compensation: TicketFacts = { ...plainFacts, task_type: "COMPENSATE" };
	assert.equal(proposeTimeout(compensation, calmModel, null), null);
	assert.equal(
		proposeTimeout({ ...plainFacts, task_type: "TRANSFORM" }, calmModel, null),
		null,
	);
	const small = modelOf(unseenTickets);
	assert.equal(proposeTimeout(plainFacts, small, null), null);
});
