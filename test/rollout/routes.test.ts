import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComparedOutcome } from "../../src/domain/rollout/compare-arms.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { armMetricNames } from "../../src/rollout/arm-metrics.ts";
import type { RoutingDocuments } from "../../src/rollout/routing-store.ts";
import { emptyRouting } from "../support/empty-capabilities.ts";
import { openHttp } from "../support/http.ts";

const split = {
	...{ enabled: true, percentage: 0, sticky_by: "plan", allow: [], deny: [] },
};

/** A store that keeps what it is told. */
function keeping() {
	const documents: RoutingDocuments = {};
	const store: typeof emptyRouting.store = {
		...emptyRouting.store,
		readAll: async () => documents,
		async change(change) {
			if (change.expected !== (documents.split?.revision ?? 0))
				throw new OrchestratorError("ROUTING_CHANGED", "too late");
			const changed = await emptyRouting.store.change(change);
			Object.assign(documents, { [change.subject]: changed });
			return changed;
		},
	};
	return { documents, store };
}

test("GET and PUT /routing/split: the settings stand, until somebody says otherwise with a reason", async (t) => {
	const { store } = keeping();
	const { app } = await openHttp(t, { routing: { store } });
	const url = "/api/v1/routing/split";
	const before = (await app.inject(url)).json();
	assert.partialDeepStrictEqual(before, { revision: 0, actor: null, split });
	const put = async (payload: object) =>
		await app.inject({ method: "PUT", url, payload });
	const by = { actor: "ada", reason: "a try" };
	const set = await put({ expected_revision: 0, percentage: 25, ...by });
	assert.equal(set.statusCode, 200, set.body);
	assert.partialDeepStrictEqual(set.json(), {
		...{ revision: 1, ...by, split: { ...split, percentage: 25 } },
	});
	const stale = await put({ expected_revision: 0, percentage: 50, ...by });
	assert.equal(stale.statusCode, 409);
	assert.equal(stale.json().code, "ROUTING_CHANGED");
	const more = { expected_revision: 1, sticky_by: "tenant", allow: ["acme"] };
	assert.partialDeepStrictEqual((await put({ ...more, ...by })).json(), {
		split: { percentage: 25, sticky_by: "tenant", allow: ["acme"] },
	});
});

test("PUT /routing/split: what is no split is refused by name", async (t) => {
	const { app } = await openHttp(t, { routing: { store: keeping().store } });
	const wrong: [object, string][] = [
		[{ percentage: 101 }, "$.body.percentage"],
		[{ percentage: -1 }, "$.body.percentage"],
		[{ sticky_by: "moon" }, "$.body.sticky_by"],
		[{ salt: "" }, "$.body.salt"],
		[{ allow: ["a", "a"] }, "$.body.allow"],
		[{ weight: 5 }, "$.body.weight"],
		[{ expected_revision: -1 }, "$.body.expected_revision"],
	];
	for (const [change, path] of wrong) {
		const response = await app.inject({
			...{ method: "PUT", url: "/api/v1/routing/split" },
			payload: { expected_revision: 0, actor: "a", reason: "r", ...change },
		});
		assert.equal(response.statusCode, 422, JSON.stringify(change));
		assert.equal(response.json().path, path);
	}
});

const outcome: ComparedOutcome = {
	...{ version_assigned: "V2", version_weight: 50, counts: true },
	...{ build_assigned: "new", build_ran: "new", build_weight: 5 },
	...{ failure_class: null, sla_missed: false, active_ms: 1_500 },
	risk_band: "low",
};

test("GET /outcomes: by version and by build, with what is open, and null where Temporal does not say", async (t) => {
	const outcomes = {
		...emptyRouting.outcomes,
		readWindow: async () => ({ outcomes: [outcome], isCut: false }),
	};
	const { app } = await openHttp(t, {
		routing: {
			outcomes,
			async countOpen(_, arm) {
				if (arm === "V2")
					throw new OrchestratorError("TEMPORAL_UNAVAILABLE", "");
				return 4;
			},
			builds: () => ({ base: "old", candidate: "new" }),
		},
	});
	const byVersion = (await app.inject("/api/v1/outcomes?by=version")).json();
	assert.deepEqual(
		byVersion.arms.map((arm: { arm: string; n: number; in_flight: number }) => [
			...[arm.arm, arm.n, arm.in_flight],
		]),
		[
			["V1", 0, 4],
			["V2", 1, null],
		],
	);
	assert.equal(byVersion.difference, null);
	const byBuild = (await app.inject("/api/v1/outcomes?by=build")).json();
	assert.deepEqual(
		byBuild.arms.map(({ arm }: { arm: string }) => arm),
		["old", "new"],
	);
	const wrong = await app.inject("/api/v1/outcomes?by=moon");
	assert.equal(wrong.statusCode, 400);
});

test("GET /api/v2/orchestrate/metrics: the names of the system before, counters and gauges, none without data", async (t) => {
	const outcomes = {
		readWindow: async () => ({ outcomes: [outcome], isCut: false }),
		countSince: async () => ({ V1: 0, V2: 12 }),
	};
	const { app } = await openHttp(t, { routing: { outcomes } });
	const response = await app.inject("/api/v2/orchestrate/metrics");
	assert.match(String(response.headers["content-type"]), /^text\/plain/);
	const lines = response.body.split("\n");
	for (const line of [
		"# TYPE orchestration_v2_tasks_total counter",
		"orchestration_v2_tasks_total 12",
		"orchestration_existing_tasks_total 0",
		'orchestration_tasks_total{orchestrator_version="V2"} 12',
		"# TYPE orchestration_v2_success_rate gauge",
		"orchestration_v2_success_rate 1",
		"orchestration_v2_avg_duration_seconds 1.5",
		'orchestration_avg_duration_seconds{orchestrator_version="V2"} 1.5',
	])
		assert.ok(lines.includes(line), `${line} in\n${response.body}`);
	assert.doesNotMatch(response.body, /existing_success_rate/);
	for (const [, name = ""] of response.body.matchAll(/^# TYPE (\S+)/gm))
		assert.ok(armMetricNames.includes(name), name);
});
