import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RolloutCommand } from "../../src/domain/rollout/commands.ts";
import type { RolloutSpecInput } from "../../src/domain/rollout/spec.ts";
import type { StoredRollout } from "../../src/domain/rollout/view.ts";
import type { ErrorBudget } from "../../src/domain/sla/error-budget.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { ReleaseSources } from "../../src/rollout/release-routes.ts";
import { openHttp } from "../support/http.ts";
import { emptyReleases } from "../support/releases.ts";
import { rolloutOf, verdictOf } from "../support/rollouts.ts";

const by = { actor: "ana", reason: "release 9" };
const spec = { deployment: "orchestrator", target: { buildId: "b2" } };

function stored(): StoredRollout {
	const state = {
		...rolloutOf(),
		...{ phase: "Progressing" as const, weight: 5, stepIndex: 1 },
		verdict: verdictOf("stay"),
	};
	return { state, look: null };
}

async function open(t: TestContext, releases: Partial<ReleaseSources> = {}) {
	const rollouts = {
		...emptyReleases.rollouts,
		read: async (name: string) =>
			name === "orchestrator" ? stored() : undefined,
		list: async () => [stored()],
		...releases.rollouts,
	};
	const { app } = await openHttp(t, { releases: { ...releases, rollouts } });
	const ask = (method: "GET" | "POST", path: string, body?: object) =>
		app.inject({
			...{ method, url: `/api/v1/rollouts${path}` },
			...(body !== undefined && { payload: body }),
		});
	return { ask };
}

test("GET /rollouts: shows the newest first, as their controller stored them", async (t) => {
	const { ask } = await open(t);
	const [view] = (await ask("GET", "")).json().rollouts;
	assert.equal(view.phase, "Progressing");
	assert.deepEqual(view.step, {
		number: 2,
		of: 6,
		kind: "ramp",
		sinceMs: 1_000_000,
	});
	assert.deepEqual(view.allowed, [
		...["pause", "promote", "abort", "setWeight", "setPolicy", "start"],
	]);
});

test("GET /rollouts/{rollout}: is answered while no controller runs, and says since when nobody looked", async (t) => {
	const { ask } = await open(t);
	const answer = await ask("GET", "/orchestrator");
	assert.equal(answer.statusCode, 200);
	assert.equal(answer.json().lookedAtMs, null);
	assert.ok(answer.json().unwatchedForMs > 30_000);
	assert.equal((await ask("GET", "/nobody")).json().code, "ROLLOUT_NOT_FOUND");
	assert.equal((await ask("GET", "/nobody")).statusCode, 404);
});

test("POST /rollouts: begins a release; a spec is refused by the names of its fields", async (t) => {
	const asked: RolloutSpecInput[] = [];
	const { ask } = await open(t, {
		client: {
			...emptyReleases.client,
			async start(input) {
				asked.push(input);
				return rolloutOf(input);
			},
		},
	});
	const begun = await ask("POST", "", { ...spec, ...by });
	assert.equal(begun.statusCode, 202);
	assert.equal(
		begun.headers.location,
		`/api/v1/rollouts/${begun.json().rolloutId}`,
	);
	assert.deepEqual(asked, [spec]);
	const wrong = await ask("POST", "", {
		...spec,
		...by,
		steps: [{ ramp: 500 }],
	});
	assert.equal(wrong.statusCode, 422);
	assert.match(wrong.json().path, /^\$\.body\.steps/);
	const nobody = await ask("POST", "", { ...spec, reason: "r" });
	assert.equal(nobody.json().path, "$.body.actor");
});

test("POST /rollouts/{rollout}/commands: what cannot be taken is a conflict, with the verbs that are", async (t) => {
	const asked: RolloutCommand[] = [];
	const { ask } = await open(t, {
		client: {
			...emptyReleases.client,
			async command(_deployment, command) {
				asked.push(command);
				if (command.verb !== "approve") return stored().state;
				const allowed = ["pause", "abort"];
				throw new OrchestratorError("COMMAND_REFUSED", "no step waits", {
					allowed,
				});
			},
		},
	});
	const post = (body: object) =>
		ask("POST", "/orchestrator/commands", { ...body, ...by });
	assert.equal((await post({ verb: "pause" })).statusCode, 200);
	const refused = await post({ verb: "approve" });
	assert.equal(refused.statusCode, 409);
	assert.deepEqual(refused.json().allowed, ["pause", "abort"]);
	assert.equal(
		(await post({ verb: "setWeight" })).json().path,
		"$.body.weight",
	);
	assert.equal((await post({ verb: "start" })).statusCode, 422);
	await post({ verb: "setWeight", weight: 10 });
	await post({ verb: "promote", how: "full" });
	await post({ verb: "promote", step: 2 });
	const { rolloutId } = stored().state;
	assert.deepEqual(asked.slice(2), [
		{ ...by, verb: "setWeight", weight: 10, rolloutId },
		{ ...by, verb: "promote", how: "full", rolloutId },
		{ ...by, verb: "promote", how: "skipStep", step: 2, rolloutId },
	]);
});

test("POST /rollouts/{rollout}/panic: asks for no stored rollout", async (t) => {
	const { ask } = await open(t, {
		panic: async ({ deployment, build }) =>
			({
				routing: { deployment, currentBuild: build },
				took_ms: 3,
				recorded: false,
			}) as never,
	});
	const answer = await ask("POST", "/another/panic", { ...by, build: "b1" });
	assert.deepEqual(answer.json(), {
		...{ routing: { deployment: "another", currentBuild: "b1" } },
		...{ took_ms: 3, recorded: false },
	});
});

test("GET /rollouts/{rollout}/recommendation: by its traffic, and by what is left of the error budget", async (t) => {
	const hourMs = 3_600_000;
	const { state } = stored();
	const counts = {
		started: { base: 570, candidate: 30 },
		overdue: { base: 0, candidate: 0 },
		broken: { base: 0, candidate: 0 },
	};
	state.spans = [
		{ weight: 5, fromMs: 0, toMs: hourMs / 2, counts },
		{ weight: 5, fromMs: 9 * hourMs, toMs: 9.5 * hourMs, counts },
	];
	const budget = { error_budget_total: 1, error_budget_remaining: 50 };
	const { ask } = await open(t, {
		rollouts: {
			...emptyReleases.rollouts,
			read: async () => ({ state, look: null }),
		},
		budgets: {
			view: async () => ({
				...{ source: "own-results", read_at: 1, error: null },
				reading: { budgets: [budget as ErrorBudget], burning: [] },
			}),
		},
	});
	const { why, budgetUse } = (
		await ask("GET", "/orchestrator/recommendation")
	).json();
	assert.match(why, /^at 1200 plans\/h.*until then it uses/);
	// Of half of one percent of the plans of 30 days.
	assert.ok(budgetUse > 0 && budgetUse <= 0.1, String(budgetUse));
});

test("GET /rollouts/{rollout}/recommendation: of a release without traffic says so", async (t) => {
	const { ask } = await open(t);
	const { etaToVerdictMs, why } = (
		await ask("GET", "/orchestrator/recommendation")
	).json();
	assert.equal(etaToVerdictMs, null);
	assert.ok(why.length > 0);
});
