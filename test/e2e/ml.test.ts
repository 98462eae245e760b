import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, fanOut } from "../../demo/shapes.ts";
import type { TicketDocument } from "../../src/domain/documents.ts";
import type { ReplayedPlan } from "../../src/domain/prediction/replayed-decision.ts";
import type { TicketExplanation } from "../../src/prediction/ml-ports.ts";
import type { TrainingJob } from "../../src/prediction/ports.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{
		env: {
			ML_MIN_TRAINING_SAMPLES: "30",
			// Only the test asks for a training: a second one would be the answer to whoever asks meanwhile.
			ML_RETRAINING_TRIGGERS_ENABLED: "false",
		},
		agents: { concurrency: 200 },
	},
);
const MODEL = "ticket-duration-predictor";

async function get<T>(path: string): Promise<T> {
	const response = await fetch(`${world.address()}${path}`);
	const body = (await response.json()) as T;
	assert.equal(response.status, 200, JSON.stringify(body));
	return body;
}

async function post<T>(path: string, body: object, status = 200): Promise<T> {
	const response = await fetch(`${world.address()}/api/v1/ml/${path}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
	});
	const answer = (await response.json()) as T;
	assert.equal(response.status, status, JSON.stringify(answer));
	return answer;
}

test("ml: before there is a model the estimate stands, and every surface says so", async () => {
	const health = await world.eventually(async () => {
		const now = await get<{ status: string; predictors: object }>("/health/ml");
		return now.status === "healthy" && now;
	});
	assert.deepEqual(health.predictors, {
		scheduling_predictor: { loaded: false, model_version: null },
	});
	const { models } = await get<{ models: [] }>("/api/v1/ml/models");
	assert.deepEqual(models, []);
	const weights = await get<{ proposed: null; reason: string }>(
		"/api/v1/ml/weights",
	);
	assert.equal(weights.proposed, null);
	assert.match(weights.reason, /cannot tell/);
	const log = await get<{ status: string }>("/api/v1/ml/audit/health");
	assert.equal(log.status, "healthy");
});

test("ml: a plan's decisions, recorded and replayed, and what a ticket's prediction rests on", async () => {
	const plan_id = newPlanId("ml");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(3) })));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const path = `/api/v1/ml/plans/${plan_id}/decisions`;
	// Explanations of allocations are written in the background, and a worker that is slow to say that it is there is
	// missing for a moment.
	const replayed = await world.eventually(async () => {
		const now = await get<ReplayedPlan>(path);
		assert.ok(now.tickets.every(({ got }) => got !== null));
		// Those of another file may still have their lease.
		assert.ok(now.workers >= 2, `${now.workers} workers`);
		return now;
	});
	assert.equal(replayed.total, 3);
	assert.equal(replayed.policy.plan_from, "tickets");
	for (const { got, today, differs, actual_duration_ms } of replayed.tickets) {
		assert.match(today.agent_id ?? "", /^agent-/);
		assert.equal(today.predicted_ms, got?.predicted_ms, "the estimate, twice");
		assert.ok(Math.abs(today.priority - (got?.priority ?? 0)) < 0.01);
		assert.ok(!differs.includes("prediction") && !differs.includes("priority"));
		assert.ok((actual_duration_ms ?? 0) > 0);
	}
	const id = replayed.tickets[0]?.ticket_id;
	const told = await get<TicketExplanation>(
		`/api/v1/ml/tickets/${id}/explanation`,
	);
	assert.equal(told.recorded?.source, "estimate");
	const shown = await get<TicketDocument>(`/api/v1/tickets/${id}`);
	assert.deepEqual(shown.predictions, told.recorded);
	const [stored] = await world.documents("execution_tickets", { plan_id });
	assert.ok(stored !== undefined && !("predictions" in stored));
	assert.equal(told.now?.duration_ms, told.estimated_duration_ms);
	const doubled = told.effects.find(
		({ fact }) => fact === "estimated_duration_ms",
	);
	assert.equal(doubled?.duration_ms, 2 * (told.estimated_duration_ms ?? 0));
});

test("ml: trained on what ended, promoted by a person, and predicting within seconds", async () => {
	const plan_id = newPlanId("ml");
	const tasks = fanOut(120);
	await world.publish(buildDecision(buildPlan({ plan_id, tasks })));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const who = { actor: "ana", reason: "a first model" };
	const { job_id } = await post<{ job_id: string }>("train", who, 202);
	const job = await world.eventually(async () => {
		const now = await get<TrainingJob>(`/api/v1/ml/train/${job_id}`);
		const health = await get<object>("/health/ml");
		assert.notEqual(now.status, "running", JSON.stringify({ now, health }));
		return now;
	});
	assert.equal(job.status, "completed", JSON.stringify(job));
	assert.equal(job.by, "ana");
	const version = job.result?.version;
	assert.ok(version, JSON.stringify(job.result));
	await post(`models/${MODEL}/promote`, { ...who, version });
	const loaded = await world.eventually(async () => {
		const now = await get<{ predictors: { scheduling_predictor: object } }>(
			"/health/ml",
		);
		const { model_version: tag } = now.predictors.scheduling_predictor as {
			model_version: string | null;
		};
		return tag?.startsWith(`${MODEL}@${version}+`) && tag;
	});
	const next = newPlanId("ml");
	await world.publish(
		buildDecision(buildPlan({ plan_id: next, tasks: chain(2) })),
	);
	await world.finalPlan(next);
	const [ticket] = await world.documents("execution_tickets", {
		plan_id: next,
	});
	assert.equal(ticket?.predictions.source, "model", loaded);
	const history = await get<{ events: { event_type: string }[] }>(
		`/api/v1/ml/audit/models/${MODEL}/history`,
	);
	const types = history.events.map(({ event_type }) => event_type);
	assert.ok(types.includes("model_promoted"), types.join());
	assert.ok(types.includes("training_completed"), types.join());
});
