import assert from "node:assert/strict";
import { test } from "node:test";
import { estimated } from "../../src/domain/prediction/estimate.ts";
import type { TicketFacts } from "../../src/domain/prediction/prediction.ts";
import type { MlSources } from "../../src/prediction/ml-ports.ts";
import {
	DURATION_MODEL,
	type ModelAuditEvent,
	type Predictor,
	type RegisteredModel,
} from "../../src/prediction/ports.ts";
import {
	sampleJob,
	sampleTypes,
	sampleVersion,
} from "../cli/support/ml-screens.ts";
import { emptyMl, emptyReport } from "../support/empty-ml.ts";
import { openHttp, ticketDocument } from "../support/http.ts";

const model: RegisteredModel = {
	...{ name: DURATION_MODEL, champion: 4, challenger: null, revision: 2 },
	versions: [sampleVersion],
};
const tag = `${DURATION_MODEL}@4+1`;
const who = { actor: "ana", reason: "a quiet week" };

/** Twice the estimate, and 10 s more for each capability. */
const predictor: Predictor = {
	model: tag,
	accuracy: 0.5,
	isReady: true,
	countEstimates: () => assert.fail("it would be counted"),
	fellBack: () => {},
	predictDurations: () => [],
	predict: () => assert.fail("it would be counted"),
	preview: (tickets: readonly TicketFacts[]) =>
		tickets.map((facts) => {
			const duration_ms =
				2 * facts.estimated_duration_ms +
				10_000 * facts.required_capabilities.length;
			return { ...estimated(facts, "estimate"), duration_ms, model: tag };
		}),
};

async function ask(
	t: Parameters<typeof openHttp>[0],
	ml: Partial<MlSources>,
	method: "GET" | "POST",
	path: string,
	payload?: object,
) {
	const { app } = await openHttp(t, { ml });
	const url = path.startsWith("/") ? path : `/api/v1/ml/${path}`;
	const response = await app.inject({
		...{ method, url },
		...(payload && { payload }),
	});
	return { status: response.statusCode, body: response.json() };
}

const registered = {
	registry: {
		...emptyMl.registry,
		list: async () => [model],
		read: async (name: string) => (name === model.name ? model : undefined),
	},
	view: () => ({ model: tag, readAtMs: 1, unreadable: null }),
};

test("ml models: which version predicts, in the words of the earlier service too; an unknown one is 404", async (t) => {
	const list = await ask(t, registered, "GET", "models?model_type=duration");
	const [shown] = list.body.models;
	assert.deepEqual(
		[shown.stage, shown.champion, shown.integration_status],
		["Production", 4, "loaded"],
	);
	const one = await ask(t, registered, "GET", `models/${DURATION_MODEL}`);
	assert.equal(one.body.predictor_version, tag);
	assert.equal(one.body.versions[0].promotions.length, 1);
	const none = await ask(t, registered, "GET", "models/nobody");
	assert.deepEqual([none.status, none.body.code], [404, "MODEL_NOT_FOUND"]);
	const other = await ask(t, registered, "GET", "models?model_type=anomaly");
	assert.deepEqual(other.body.models, []);
});

test("ml train: the answer names the job, also of one that runs already; a body is needed", async (t) => {
	const asked: unknown[] = [];
	const training = {
		...emptyMl.training,
		start: async (request: object) => {
			asked.push(request);
			return { job_id: "ml-train-7", isNew: false };
		},
		readJob: async (id: string) =>
			id === "ml-train-7" ? sampleJob : undefined,
	};
	const body = { ...who, window_days: 30 };
	const begun = await ask(t, { training }, "POST", "train", body);
	assert.equal(begun.status, 202);
	assert.deepEqual(asked, [{ trigger: "manual", by: "ana", windowDays: 30 }]);
	assert.match(begun.body.message, /already/);
	const job = await ask(t, { training }, "GET", "train/ml-train-7");
	assert.equal(job.body.result.outcome, "promoted");
	const none = await ask(t, { training }, "GET", "train/ml-train-8");
	assert.equal(none.status, 404);
	const unnamed = await ask(t, { training }, "POST", "train", {});
	assert.equal(unnamed.status, 422);
});

test("ml promote and rollback: version and stage in both ways of writing, with who and why", async (t) => {
	const changes: object[] = [];
	const keep = async (change: object) => {
		changes.push(change);
		return model;
	};
	const registry = { ...registered.registry, promote: keep, rollback: keep };
	const path = `models/${DURATION_MODEL}`;
	const told = await ask(t, { registry }, "POST", `${path}/promote`, {
		...{ ...who, version: "4", stage: "Staging" },
	});
	assert.deepEqual(told.body, {
		...{ model_name: DURATION_MODEL, version: 4, requested_stage: "Staging" },
		...{ current_stage: "Staging", status: "promoted" },
	});
	await ask(t, { registry }, "POST", `${path}/promote`, { ...who, version: 4 });
	await ask(t, { registry }, "POST", `${path}/rollback`, who);
	const by = { name: DURATION_MODEL, by: "ana", reason: who.reason };
	assert.deepEqual(changes, [
		{ ...by, version: 4, alias: "challenger" },
		{ ...by, version: 4, alias: "champion" },
		by,
	]);
	const unknown = await ask(t, {}, "POST", `${path}/rollback`, who);
	assert.equal(unknown.status, 404);
});

test("ml drift and stats: the worst type counts, shares are weighed by tickets; nothing learned is no figure", async (t) => {
	const learning = {
		read: async () => ({
			...{ ...emptyReport, model: tag, learned: 90, skipped: { clock: 10 } },
			types: sampleTypes,
		}),
	};
	const drift = await ask(t, { learning }, "GET", "drift");
	assert.equal(drift.body.overall_status, "critical");
	assert.equal(drift.body.recommendations.length, 1);
	const { body } = await ask(t, { learning }, "GET", "predictions/stats");
	const [build, query] = sampleTypes.map(({ tickets }) => tickets);
	assert.ok(build && query);
	const mean = (0.312 * build + 0.58 * query) / (build + query);
	assert.equal(body.duration_mae_pct, Math.round(10_000 * mean) / 100);
	assert.equal(body.success_rate, 0.9);
	const empty = await ask(t, {}, "GET", "predictions/stats");
	assert.equal(empty.body.duration_mae_pct, null);
	assert.equal(empty.body.success_rate, null);
	assert.equal((await ask(t, {}, "GET", "drift")).body.overall_status, "ok");
});

test("ml explain: then, now, and what each fact does; without predictions it says so", async (t) => {
	const ticket = ticketDocument({
		...{ estimated_duration_ms: 60_000, required_capabilities: ["python"] },
		...{ actual_duration_ms: 130_000, risk_band: "high" },
	});
	const readTicket = async (id: string) =>
		id === "t" ? { ticket, tenant: "default" } : undefined;
	const path = "tickets/t/explanation";
	const { body } = await ask(t, { readTicket, predictor }, "GET", path);
	assert.equal(body.now.duration_ms, 130_000);
	assert.equal(body.recorded, null);
	const effects = Object.fromEntries(
		body.effects.map((one: { fact: string; duration_ms: number }) => [
			one.fact,
			one.duration_ms,
		]),
	);
	assert.equal(effects.required_capabilities, 120_000);
	assert.equal(effects.estimated_duration_ms, 250_000);
	assert.equal(effects.risk_band, 130_000);
	const off = await ask(t, { readTicket }, "GET", path);
	assert.deepEqual([off.body.now, off.body.effects], [null, []]);
	assert.equal((await ask(t, {}, "GET", path)).status, 404);
});

test("ml audit: the paths of the earlier service", async (t) => {
	const event: ModelAuditEvent = {
		...{ audit_id: "a-1", timestamp: 5, event_type: "model_promoted" },
		...{ model_name: DURATION_MODEL, model_version: 4, user_id: "ana" },
		...{ reason: "better", duration_seconds: null, environment: "test" },
		...{ triggered_by: "manual", event_data: {} },
	};
	const asked: object[] = [];
	const auditLog = {
		list: async (query: object) => {
			asked.push(query);
			return [event];
		},
		read: async (id: string) => (id === "a-1" ? event : undefined),
		count: async () => ({ model_promoted: 2, training_started: 3 }),
	};
	const get = (path: string) => ask(t, { auditLog }, "GET", `audit/${path}`);
	const history = await get(
		`models/${DURATION_MODEL}/history?limit=5&event_types=model_promoted`,
	);
	assert.deepEqual(history.body.events, [event]);
	assert.deepEqual(asked[0], {
		...{ modelName: DURATION_MODEL, eventTypes: ["model_promoted"], limit: 5 },
	});
	const { body } = await get("events/model_promoted?start_date=1&end_date=9");
	assert.equal(body.events.length, 1);
	assert.equal((await get("events/unheard_of")).status, 400);
	assert.equal((await get("events/id/a-1")).body.user_id, "ana");
	assert.equal((await get("events/id/a-2")).status, 404);
	assert.equal((await get("summary?days=7")).body.total, 5);
	const timeline = await get(`models/${DURATION_MODEL}/timeline`);
	assert.equal(timeline.status, 200);
	assert.equal((await get("health")).body.status, "healthy");
});

test("health/ml: off is 503; no model yet is well, one that does not load is not", async (t) => {
	const health = (ml: Partial<MlSources>) => ask(t, ml, "GET", "/health/ml");
	assert.deepEqual(
		[(await health({})).status, (await health({})).body.status],
		[503, "disabled"],
	);
	const none = () => ({ model: null, readAtMs: 1, unreadable: null });
	const fresh = await health({ predictor, view: none });
	assert.deepEqual([fresh.status, fresh.body.status], [200, "healthy"]);
	const unreadable = { model: `${DURATION_MODEL}@5`, reason: "a NaN" };
	const damaged = await health({
		predictor,
		view: () => ({ model: tag, readAtMs: 1, unreadable }),
	});
	assert.equal(damaged.body.status, "degraded");
	assert.match(damaged.body.predictors.scheduling_predictor.error, /a NaN/);
	const never = await health({ predictor });
	assert.equal(never.body.status, "degraded");
});
