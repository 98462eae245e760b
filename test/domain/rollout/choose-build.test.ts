import assert from "node:assert/strict";
import { test } from "node:test";
import {
	chooseBuild,
	isRamped,
} from "../../../src/domain/rollout/choose-build.ts";
import type { ReleaseRouting } from "../../../src/domain/rollout/routing.ts";

const body: ReleaseRouting = {
	...{ rollout_id: "r-1", deployment: "orchestrator" },
	...{ base_build: "old", candidate_build: "new", weight: 30 },
	...{ sticky_by: "plan", salt: "s", allow: ["yes"], deny: ["no"] },
};
const choose = (changes: Partial<ReleaseRouting>, plan = "p", tenant = "t") =>
	chooseBuild(
		{ body: { ...body, ...changes }, workflowIdOf: (id) => `orch-${id}` },
		{ plan, tenant, domain: "d" },
	);
const ids = Array.from({ length: 10_000 }, (_, index) => `id-${index}`);

test("chooseBuild: without a release, or at weight 0, no plan has one", () => {
	const keys = { plan: "p", tenant: "t", domain: "d" };
	assert.equal(chooseBuild(undefined, keys), undefined);
	assert.equal(choose({ weight: 0, allow: ["p"] }), undefined);
});

test("chooseBuild: by plan, Temporal's ramp decides, and the plan is not pinned", () => {
	const taken = ids.filter((id) => choose({}, id)?.arm === "candidate");
	assert.ok(taken.length > 2_770 && taken.length < 3_230, `${taken.length}`);
	assert.ok(taken.every((id) => isRamped(`orch-${id}`, 30)));
	assert.ok(taken.every((id) => choose({ weight: 31 }, id)?.build === "new"));
	assert.deepEqual(choose({}, taken[0]), {
		...{ rollout_id: "r-1", deployment: "orchestrator" },
		...{ build: "new", arm: "candidate", weight: 30 },
	});
});

test("chooseBuild: after the promotion the base is what ramps", () => {
	for (const id of ids.slice(0, 500))
		assert.equal(
			choose({ weight: 95, is_promoted: true }, id)?.arm,
			isRamped(`orch-${id}`, 5) ? "base" : "candidate",
		);
});

test("chooseBuild: by tenant the starter decides and pins", () => {
	const by = { sticky_by: "tenant" } as const;
	const arms = ids.slice(0, 200).map((tenant) => {
		const one = choose(by, "p-1", tenant);
		assert.deepEqual(choose(by, "p-2", tenant), one);
		assert.equal(one?.pinned, true);
		return one?.arm;
	});
	assert.equal(new Set(arms).size, 2);
});

test("chooseBuild: listed keys are pinned and not compared", () => {
	const { build, weight, pinned } = choose({}, "yes") ?? {};
	assert.deepEqual(
		{ build, weight, pinned },
		{
			...{ build: "new", weight: null, pinned: true },
		},
	);
	assert.equal(choose({ weight: 100 }, "no")?.build, "old");
});

test("isRamped: 0 takes none, 100 takes all", () => {
	assert.ok(ids.every((id) => !isRamped(id, 0)));
	assert.ok(ids.every((id) => isRamped(id, 100)));
});
