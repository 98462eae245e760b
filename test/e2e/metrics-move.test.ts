import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, diamond } from "../../demo/shapes.ts";
import { sdkMetrics } from "../../src/telemetry/declared/temporal.ts";
import { declaredMetrics } from "../../src/telemetry/metrics.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{
		env: {
			OPA_ALLOWED_CAPABILITIES: "python,compute",
			NOTIFICATIONS_TO_TOPIC: "true",
		},
	},
);

/** Where each metric moves that only a fault moves, or a setting that this service does not have on. */
const movedElsewhere: Partial<Record<keyof typeof declaredMetrics, string>> = {
	burstActivations: "scheduling/bursts.test.ts",
	burstActive: "scheduling/bursts.test.ts",
	burstTickets: "scheduling/bursts.test.ts",
	preemptionAttempts: "scheduling/preemption.test.ts",
	ticketsPreempted: "scheduling/preemption.test.ts",
	workersWanted: "scheduling/bursts.test.ts",
	schedulerExplanationsLost: "scheduling/explanations.test.ts",
	schedulerRoutings: "scheduling/route-tickets.test.ts",
	schedulerWaits: "telemetry/faults.test.ts",
	schedulerRejections: "telemetry/faults.test.ts",
	slaAlertsDeduplicated: "sla/watch.test.ts",
	slaMonitorErrors: "sla/watch.test.ts",
	plansStuck: "wiring/check-stuck-plans.test.ts",
	runsEnded: "telemetry/faults.test.ts",
	plansInconsistent: "telemetry/faults.test.ts",
	incidentsRefused: "telemetry/faults.test.ts",
	policyErrors: "telemetry/faults.test.ts",
	policyCacheLooks: "telemetry/faults.test.ts",
	policyCircuitMoves: "telemetry/faults.test.ts",
	policyShadowDifferences: "telemetry/faults.test.ts",
	remediations: "telemetry/faults.test.ts",
	recordsSetAside: "telemetry/faults.test.ts",
	kafkaErrors: "telemetry/faults.test.ts",
	registryCalls: "wiring/role-registry.test.ts",
	documentsCut: "storage/document-store.test.ts",
	documentsPurged: "telemetry/faults.test.ts",
	mongodbErrors: "storage/mongo.test.ts",
	redisErrors: "storage/redis.test.ts",
	changesLost: "storage/changes.test.ts",
	spansDropped: "telemetry/faults.test.ts",
	logLinesDropped: "telemetry/pino-log.test.ts",
	eventReadersEnded: "http/v1/events.test.ts",
	readFallbacks: "http/v1/plans.test.ts",
	featureCalls: "features/canary.test.ts",
	featureDisabled: "features/canary.test.ts",
	releasePhase: "telemetry/count-releases.test.ts",
	releasePausedSeconds: "telemetry/count-releases.test.ts",
	releaseLookedAt: "telemetry/count-releases.test.ts",
	releaseLooksFailed: "telemetry/count-releases.test.ts",
	releaseEvidence: "telemetry/count-releases.test.ts",
	releaseVerdicts: "telemetry/count-releases.test.ts",
	routingRevision: "rollout/routing-view.test.ts",
	splitPercentage: "rollout/routing-view.test.ts",
	versionFallbacks: "workflows/version-fallback.test.ts",
	mlAnomalies: "prediction/model-view.test.ts",
	mlPredictionSeconds: "prediction/model-view.test.ts",
	mlModelAccuracy: "prediction/model-view.test.ts",
	mlModelLoadErrors: "prediction/model-view.test.ts",
	mlAnomalyAlarms: "prediction/learner.test.ts",
	mlAnomaliesSilenced: "prediction/learner.test.ts",
	mlPredictionError: "prediction/learner.test.ts",
	mlActualSeconds: "prediction/learner.test.ts",
	mlCoverage: "prediction/learner.test.ts",
	mlFeatureErrors: "prediction/learner.test.ts",
	mlDriftScore: "prediction/learner.test.ts",
	mlDriftStatus: "prediction/learner.test.ts",
	mlShadowError: "prediction/challenger.test.ts",
	mlTrainingSeconds: "prediction/train-in-thread.test.ts",
	mlTrainings: "prediction/train-in-thread.test.ts",
	mlTrainingSamples: "prediction/train-in-thread.test.ts",
	mlflowCalls: "prediction/mlflow.test.ts",
};

const scrape = async () =>
	await (await fetch(`${world.address()}/metrics`)).text();

/** Names of metrics that have a value: a gauge any, the others one above 0. */
async function moved(): Promise<Set<string>> {
	const values = new Map<string, number>();
	for (const line of (await scrape()).split("\n")) {
		const [, name = "", value] =
			/^([a-z]\w*)(?:\{.*?\})? (\S+)/.exec(line) ?? [];
		if (name !== "")
			values.set(name, Math.max(values.get(name) ?? 0, Number(value)));
	}
	const isMoved = ({ type, name }: { type: string; name: string }) =>
		type === "gauge"
			? values.has(name)
			: (values.get(type === "histogram" ? `${name}_count` : name) ?? 0) > 0;
	return new Set(
		[...Object.values(declaredMetrics), ...sdkMetrics]
			.filter(isMoved)
			.map(({ name }) => name),
	);
}

async function post(address: string, payload: object): Promise<Response> {
	return await fetch(`${world.address()}/api/v1/${address}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(payload),
	});
}

function decide(
	name: string,
	version: "V1" | "V2",
	plan: Partial<Parameters<typeof buildPlan>[0]> = {},
	changes: Parameters<typeof buildDecision>[1] = {},
) {
	const plan_id = newPlanId(name);
	const metadata = { orchestrator_version: version, ...changes.metadata };
	return buildDecision(buildPlan({ plan_id, tasks: chain(2), ...plan }), {
		...changes,
		metadata,
	});
}

const reading = new AbortController();
after(() => reading.abort());

test("metrics: a service to which all sorts of things happen", async () => {
	const ends = async ({ plan_id }: { plan_id: string }) =>
		await world.finalPlan(plan_id);
	const good = decide("good", "V1", { tasks: diamond() });
	const retried = decide("retried", "V2", {
		tasks: chain(2, { parameters: { simulate_fail_attempts: "1" } }),
	});
	// What comes before the failure is undone.
	const failing = decide("failing", "V2", {
		tasks: [
			...chain(3, { task_type: "DEPLOY" }),
			{
				task_id: "last",
				dependencies: ["step-3"],
				parameters: { simulate: "fail" },
			},
		],
	});
	const late = decide(
		"late",
		"V2",
		{
			tasks: chain(1, {
				estimated_duration_ms: 60_000,
				parameters: { simulate_duration_ms: "25000" },
			}),
		},
		{ metadata: { sla_deadline_seconds: "15" }, correlation_id: null },
	);
	const forbidden = decide("forbidden", "V2", {
		tasks: chain(1, { required_capabilities: ["root"] }),
	});
	const warned = decide("warned", "V2", {
		risk_band: "critical",
		tasks: chain(1),
	});
	const asked = decide("asked", "V2", {}, { requires_human_review: true });
	const waiting = decide("waiting", "V2", {}, { requires_human_review: true });
	const broken = { ...decide("broken", "V1"), final_decision: "perhaps" };
	await world.publish(
		...[good, retried, failing, late, forbidden, warned, asked, waiting],
		...[broken, { ...broken, decision_id: "another" }],
	);
	await ends(good);
	await world.publish(good);
	const stray = { ticket_id: "nobody", status: "COMPLETED", agent_id: "a" };
	await world.publishOn("results", Buffer.from(JSON.stringify(stray)));
	const answer = {
		plan_id: asked.plan_id,
		decision: "approved",
		approved_by: "ada",
	};
	await world.planWith(
		asked.plan_id,
		({ status }) => status === "AWAITING_APPROVAL",
	);
	await world.publishOn(
		"approvalResponses",
		Buffer.from(JSON.stringify(answer)),
	);
	await Promise.all([retried, failing, forbidden, warned, asked].map(ends));
	const letter = await world.eventually(async () => {
		const response = await fetch(`${world.address()}/api/v1/dead-letters`);
		const { dead_letters } = (await response.json()) as {
			dead_letters: { id: string }[];
		};
		return dead_letters[0];
	});
	const who = { actor: "e2e", reason: "a test asks" };
	await post(`dead-letters/${encodeURIComponent(letter.id)}/discard`, who);
	const headers = { host: "elsewhere.example" };
	await new Promise((resolve) =>
		get(`${world.address()}/api/v1/plans`, { headers }, resolve),
	);
	await fetch(`${world.address()}/events`, { signal: reading.signal });
	await ends(late);
});

test("metrics: every metric that is declared has moved", async () => {
	// Open for as long as this takes.
	const parameters = { simulate_duration_ms: "300000" };
	await world.publish(
		decide("long", "V2", { tasks: chain(1, { parameters }) }),
	);
	const expected = Object.entries(declaredMetrics)
		.filter(([key]) => !(key in movedElsewhere))
		.map(([, { name }]) => name);
	let missing: string[] = [];
	await world
		.eventually(async () => {
			const now = await moved();
			missing = expected.filter((name) => !now.has(name));
			return missing.length === 0;
		})
		.catch(() => {
			assert.fail(`did not move: ${missing.join(", ")}`);
		});
});

test("metrics: those of the Temporal SDK are beside ours, with the names and labels that are declared", async () => {
	const text = await scrape();
	const rare = [
		"temporal_workflow_task_execution_failed_total",
		"temporal_activity_execution_failed_total",
		"temporal_sticky_cache_total_forced_eviction_total",
		"temporal_request_failure_total",
		"temporal_workflow_task_replay_latency_seconds",
		"temporal_sticky_cache_miss_total",
	];
	for (const { type, name, labels } of sdkMetrics) {
		const shown = type === "histogram" ? `${name}_count` : name;
		const lines = text
			.split("\n")
			.filter((line) => line.startsWith(`${shown}{`));
		if (lines.length === 0) assert.ok(rare.includes(name), `no ${name}`);
		else
			for (const label of labels)
				assert.ok(
					lines.some((line) => line.includes(`${label}="`)),
					`${name} has no ${label}`,
				);
	}
});

test("metrics: no series was counted as other, so every list of label values is whole", async () => {
	const others = (await scrape())
		.split("\n")
		.filter((line) => line.includes('="other"') && !line.endsWith(" 0"))
		// Another worker than the chosen one executed these.
		.filter((line) => !line.includes('{by="other"}'));
	assert.deepEqual(others, []);
});

test("metrics: those that only a fault moves are moved by a test of their own", () => {
	for (const [key, file] of Object.entries(movedElsewhere)) {
		const { name } = declaredMetrics[key as keyof typeof declaredMetrics];
		const text = readFileSync(
			path.join(import.meta.dirname, "..", file),
			"utf8",
		);
		assert.ok(
			text.includes(key) || text.includes(name),
			`${file} does not know ${key}`,
		);
	}
});
