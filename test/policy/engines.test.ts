import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyEngine } from "../../src/policy/engine.ts";
import { createServerEngine } from "../../src/policy/server-engine.ts";
import { openEmbedded, startOpa, withoutOpa } from "../support/opa.ts";
import { inputOf, policyCases } from "./policy-inputs.ts";

const packages = [
	"resource_limits",
	"sla_enforcement",
	"feature_flags",
	"security_constraints",
];
const paths = packages.map((name) => `neuralhive/orchestrator/${name}`);

test("embedded policies: each case fires its rules and no other", async () => {
	const documents = await askAll(await openEmbedded());
	policyCases.forEach(({ name, fires }, index) => {
		assert.deepEqual(firedIn(documents[index]), [...fires].sort(), name);
	});
});

test("embedded policies: what a package says does not depend on those asked with it", async () => {
	const engine = await openEmbedded();
	const items = policyCases.map(inputOf);
	const ask = (asked: string[]) =>
		engine.evaluate(asked, { shared: {}, items }, Date.now() + 20_000);
	const together = await ask(paths);
	for (const path of paths) {
		const alone = await ask([path]);
		assert.deepEqual(
			together.map((documents) => documents[path]),
			alone.map((documents) => documents[path]),
		);
	}
	assert.deepEqual(await ask(paths.toReversed()), together);
});

test("OPA server: each case fires its rules, and all answers are those of the embedded policies", {
	skip: withoutOpa,
}, async (t) => {
	const { url } = await startOpa(t);
	const documents = await askAll(serverAt(url));
	policyCases.forEach(({ name, fires }, index) => {
		assert.deepEqual(firedIn(documents[index]), [...fires].sort(), name);
	});
	const embedded = await askAll(await openEmbedded());
	assert.deepEqual(documents.map(inOrder), embedded.map(inOrder));
});

test("OPA server: a package that it does not have has no document", {
	skip: withoutOpa,
}, async (t) => {
	const { url } = await startOpa(t);
	const [documents] = await serverAt(url).evaluate(
		["neuralhive/orchestrator/unknown"],
		{ shared: {}, items: [inputOf({ name: "", fires: [] })] },
		Date.now() + 10_000,
	);
	assert.deepEqual(documents, {});
});

test("policy cases: every rule of the policies fires in one of them", async () => {
	const fired = new Set(policyCases.flatMap(({ fires }) => fires));
	assert.deepEqual(
		[...fired]
			.map((name) => name.split("/")[0])
			.filter((name, index, all) => all.indexOf(name) === index)
			.sort(),
		["resource_limits", "security_constraints", "sla_enforcement"],
	);
	assert.equal(fired.size, 25);
});

test("embedded policies: a plan of 1,000 tasks that lack 30,000 capabilities is judged, and some of them are named", async () => {
	const engine = await openEmbedded();
	const required = (task: number) =>
		Array.from({ length: 30 }, (_, at) => `capability-${task}-${at}`);
	const tasks = Array.from({ length: 1_000 }, (_, task) => ({
		required_capabilities: required(task),
	}));
	const item = inputOf({ name: "", fires: [], resource: { tasks } });
	const untilMs = Date.now() + 20_000;
	const [path = ""] = paths;
	const [documents] = await engine.evaluate(
		[path],
		{ shared: {}, items: [item] },
		untilMs,
	);
	const { violations = [] } = (documents?.[path] ?? {}) as Findings;
	assert.equal(violations.length, 50);
});

test("embedded policies: what is not judged in the time given is no decision", async () => {
	const engine = await openEmbedded();
	const items = Array(51).fill(inputOf({ name: "", fires: [] }));
	await assert.rejects(engine.evaluate(paths, { shared: {}, items }, 1), {
		code: "POLICY_UNAVAILABLE",
	});
});

async function askAll(engine: PolicyEngine) {
	const items = policyCases.map(inputOf);
	return await engine.evaluate(
		paths,
		{ shared: {}, items },
		Date.now() + 20_000,
	);
}

function serverAt(url: string) {
	return createServerEngine({
		url,
		timeoutMs: 10_000,
		retryAttempts: 0,
		circuit: { enabled: false, failureThreshold: 1, resetMs: 1 },
	});
}

interface Findings {
	violations?: { policy: string; rule: string }[];
	warnings?: { policy: string; rule: string }[];
}

function firedIn(documents: Record<string, unknown> | undefined): string[] {
	const found = Object.values((documents ?? {}) as Record<string, Findings>)
		.flatMap(({ violations = [], warnings = [] }) => [
			...violations,
			...warnings,
		])
		.map(({ policy, rule }) => `${policy}/${rule}`);
	return [...new Set(found)].sort();
}

/** Sets have no order, and each engine writes them in its own. */
function inOrder(value: unknown): unknown {
	if (Array.isArray(value))
		return value
			.map(inOrder)
			.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).map(
		([key, one]) => [key, inOrder(one)] as const,
	);
	return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
