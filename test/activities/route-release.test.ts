import assert from "node:assert/strict";
import { test } from "node:test";
import { createRouteRelease } from "../../activities/route-release.ts";
import { completeSpec } from "../../src/domain/rollout/spec.ts";
import {
	newRollout,
	type RolloutState,
	routingOf,
} from "../../src/domain/rollout/state.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { ROLLOUT_IDENTITY } from "../../src/rollout/change-routing.ts";
import { panicNow } from "../../src/rollout/panic.ts";
import { createReleaseWriter } from "../../src/rollout/release-writer.ts";
import { createRoutingStore } from "../../src/rollout/routing-store.ts";
import { inActivity } from "../support/activity-context.ts";
import { openBuilds } from "../support/builds.ts";
import { openMongo } from "../support/stores.ts";

const A = "1.0.0";
const B = "1.1.0";
const by = { actor: "ada", reason: "orders fail" };

/** A release of B over A, whose controller manages the routing. */
function releaseOf(
	deployment: string,
	changes: Partial<RolloutState> = {},
): RolloutState {
	const { spec } = completeSpec({
		...{ deployment, target: { buildId: B } },
		stickiness: { by: "tenant" },
		steps: [{ ramp: 20 }, { ramp: 50 }, { promote: {} }],
	});
	const state = newRollout(spec, by, Date.now());
	const managed = { baseBuild: A, manager: ROLLOUT_IDENTITY };
	return Object.assign(state, managed, changes);
}

test("routeRelease: by tenant, a controller that did not see the panic does not send tenants to the candidate again", async (t) => {
	const { engine, deployment, startWith } = await openBuilds(t);
	const store = createRoutingStore((await openMongo(t)).mongo);
	const release = createReleaseWriter(store);
	const routeRelease = createRouteRelease({ engine, release });
	await startWith(A, B);
	await engine.claimRouting(deployment, false);
	const route = (weight: number) => {
		const state = releaseOf(deployment, { weight });
		const from = [routingOf(state)];
		return inActivity(() => routeRelease({ state, from, ...by }));
	};
	assert.equal((await route(20)).kind, "routed");
	assert.equal((await store.readAll()).release?.body.weight, 20);
	await panicNow({ engine, routing: store }, { deployment, ...by });
	const late = await route(50);
	assert.ok(late.kind === "changed");
	assert.match(late.message, /managed by rollout-panic/);
	assert.equal((await store.readAll()).release?.body.weight, 0);
});

test("routeRelease: only a rollback goes to a base without workers, and says so", async (t) => {
	const { engine, deployment, startWith } = await openBuilds(t);
	const release = { writeRelease: async () => undefined };
	await startWith(B);
	const route = (isUndoing: boolean, its = engine) => {
		const state = releaseOf(deployment, { isUndoing });
		const routeRelease = createRouteRelease({ engine: its, release });
		return inActivity(() => routeRelease({ state, from: null, ...by }));
	};
	await assert.rejects(route(false), { code: "ROUTING_REFUSED" });
	assert.equal((await engine.readRouting(deployment)).currentBuild, B);
	assert.partialDeepStrictEqual(await route(true), {
		kind: "routed",
		warning: `the base ${A} has no workers: new plans wait for them`,
	});
	assert.equal((await engine.readRouting(deployment)).currentBuild, A);
	const readWorkers = async () => {
		throw new OrchestratorError("TEMPORAL_UNAVAILABLE", "away");
	};
	const untold = await route(true, { ...engine, readWorkers });
	assert.deepEqual([untold.kind, "warning" in untold], ["routed", false]);
});
