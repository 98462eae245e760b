import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReleaseRouting } from "../../src/domain/rollout/routing.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { chooseBase, panicNow } from "../../src/rollout/panic.ts";
import type { BuildRouting } from "../../src/rollout/ports.ts";
import { createReleaseWriter } from "../../src/rollout/release-writer.ts";

const A = "1.0.0";
const B = "1.1.0";
const builds = [
	{ build: A, status: "current", createdAtMs: 1, wasCurrent: true },
	{ build: B, status: "ramping", createdAtMs: 2, wasCurrent: false },
] as const;
const ramping: BuildRouting = {
	...{ deployment: "d", currentBuild: A, rampingBuild: B, rampWeight: 5 },
	...{ token: "t", manager: null, lastModifiedBy: "", isSettled: true },
	builds: [...builds],
};
const calm = { ...ramping, rampingBuild: null, rampWeight: 0 };
const release: ReleaseRouting = {
	...{ rollout_id: "r", deployment: "d", base_build: A, candidate_build: B },
	...{ weight: 5, sticky_by: "tenant", salt: "s", allow: [], deny: [] },
};
const request = { deployment: "d", actor: "ada", reason: "orders fail" };

const document = {
	...{ _id: "release" as const, revision: 3, changed_at: 1 },
	...{ actor: "rollout-controller", reason: "a step", body: release },
};

/** An engine that does what it is told, and a store with this release. */
function world(body: ReleaseRouting | "away") {
	const did: unknown[] = [];
	const ifThere = <T>(answer: T) =>
		body === "away"
			? Promise.reject(new OrchestratorError("STORE_UNAVAILABLE", "away"))
			: Promise.resolve(answer);
	return {
		did,
		engine: {
			readRouting: async () => ramping,
			async panic(_: string, base: string) {
				did.push(base);
				return calm;
			},
		},
		routing: {
			readAll: () =>
				ifThere({ release: { ...document, body: body as ReleaseRouting } }),
			change: (change: object) => {
				did.push(change);
				return ifThere(document) as never;
			},
		},
	};
}

test("panic: back to the release's base, and intake is told, with actor and reason", async () => {
	const it = world({ ...release, base_build: "0.9.0" });
	const { recorded, routing } = await panicNow(it, request);
	assert.deepEqual([recorded, routing], [true, calm]);
	const [base, change] = it.did;
	assert.equal(base, "0.9.0");
	assert.partialDeepStrictEqual(change, {
		...{ subject: "release", expected: 3, actor: "ada" },
		reason: "panic: orders fail",
		body: { weight: 0 },
	});
});

test("panic: MongoDB is not needed, and the answer says that nothing was written", async () => {
	const it = world("away");
	assert.equal((await panicNow(it, request)).recorded, false);
	assert.deepEqual(it.did, [A]);
});

test("panic: a release of another deployment, or one that is over, says nothing about the base", async () => {
	for (const other of [{ deployment: "e" }, { weight: 0 }]) {
		const it = world({ ...release, ...other, base_build: "0.1.0" });
		await panicNow(it, request);
		assert.deepEqual(it.did, [A]);
	}
});

test("chooseBase: where nobody can tell, it asks for the build by its name", () => {
	const hadBoth = builds.map((one) => ({ ...one, wasCurrent: true }));
	for (const routing of [{ ...ramping, builds: hadBoth }, calm])
		assert.throws(() => chooseBase(routing, undefined), {
			code: "ROUTING_REFUSED",
			message: /1\.0\.0 \(current\), 1\.1\.0/,
		});
});

/** Somebody writes between a reading and the change that rests on it, so many times. */
function contested(times: number, meanwhile: Partial<typeof document> = {}) {
	let current = document;
	const written: (typeof document)[] = [];
	return {
		written,
		readAll: async () => ({ release: current }),
		async change(change: object): Promise<never> {
			times -= 1;
			if (times >= 0) {
				current = { ...current, ...meanwhile, revision: current.revision + 1 };
				throw new OrchestratorError("ROUTING_CHANGED", "somebody was faster");
			}
			current = { ...current, ...change, revision: current.revision + 1 };
			written.push(current);
			return current as never;
		},
	};
}

test("panic: is written down although its controller writes at the same moment", async () => {
	const routing = contested(2);
	const { recorded } = await panicNow({ ...world(release), routing }, request);
	assert.equal(recorded, true);
	assert.equal(routing.written[0]?.body.weight, 0);
});

test("a controller never writes over a panic that came in between, and over others it does", async () => {
	const by = { actor: "rollout-controller", reason: "a step" };
	const calm = {
		reason: "panic: orders fail",
		body: { ...release, weight: 0 },
	};
	const panicked = contested(1, calm);
	await assert.rejects(
		createReleaseWriter(panicked).writeRelease({ ...release, weight: 20 }, by),
		{ code: "ROUTING_CHANGED" },
	);
	assert.deepEqual(panicked.written, []);
	const other = contested(1, { reason: "another step" });
	await createReleaseWriter(other).writeRelease({ ...release, weight: 20 }, by);
	assert.equal(other.written[0]?.body.weight, 20);
});
