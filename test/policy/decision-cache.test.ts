import assert from "node:assert/strict";
import { test } from "node:test";
import { withDecisionCache } from "../../src/policy/decision-cache.ts";
import type { PolicyEngine } from "../../src/policy/engine.ts";

const path = "neuralhive/orchestrator/resource_limits";

/** Answers each item with its number in the order of the questions, at each path. */
function counting(more: object = { allow: true }) {
	let asked = 0;
	const engine: PolicyEngine = {
		name: "server",
		evaluate: async (paths, { items }) =>
			items.map(() => {
				const document = { number: asked++, ...more };
				return Object.fromEntries(paths.map((one) => [one, document]));
			}),
		ping: async () => {},
	};
	return { engine, asked: () => asked };
}

const item = (task: string, currentTime: number) => ({
	resource: { task },
	context: { current_time: currentTime, namespace: "default" },
});

test("decision cache: the same input at another time is answered from memory", async () => {
	const { engine, asked } = counting();
	const looks: boolean[] = [];
	const kept = withDecisionCache(engine, {
		ttlMs: 60_000,
		onLookUp: (isHit) => looks.push(isHit),
	});
	const ask = (...items: object[]) =>
		kept.evaluate([path], { shared: {}, items: items as never }, Infinity);
	await ask(item("a", 1), item("b", 1));
	const answers = await ask(item("b", 2), item("c", 2), item("a", 2));
	assert.deepEqual(
		answers.map((documents) => (documents[path] as { number: number }).number),
		[1, 2, 0],
	);
	assert.equal(asked(), 3);
	for (let time = 3; time < 20; time += 1) await ask(item("a", time));
	assert.equal(asked(), 3);
	const hits = looks.filter(Boolean).length;
	assert.ok(hits / looks.length > 0.8);
	assert.equal(kept.entryCount(), 3);
});

test("decision cache: other policies and other parameters are other questions; 0 keeps nothing", async () => {
	const { engine, asked } = counting();
	const kept = withDecisionCache(engine, { ttlMs: 60_000 });
	const items = [item("a", 1)];
	await kept.evaluate([path], { shared: {}, items }, Infinity);
	await kept.evaluate([path, "other"], { shared: {}, items }, Infinity);
	await kept.evaluate([path], { shared: { limit: 1 }, items }, Infinity);
	assert.equal(asked(), 3);
	const none = withDecisionCache(engine, { ttlMs: 0 });
	for (let time = 0; time < 2; time += 1)
		await none.evaluate([path], { shared: {}, items }, Infinity);
	assert.equal(asked(), 5);
});

test("decision cache: what is no decision is asked for again at once", async () => {
	for (const more of [{}, { allow: "yes" }, { violations: ["late"] }]) {
		const { engine, asked } = counting(more);
		const kept = withDecisionCache(engine, { ttlMs: 60_000 });
		for (let time = 0; time < 2; time += 1)
			await kept.evaluate([path], { shared: {}, items: [item("a", 1)] }, 1);
		assert.equal(asked(), 2);
	}
});
