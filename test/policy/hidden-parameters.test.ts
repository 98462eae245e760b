import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { buildPlan } from "../../demo/decisions.ts";
import { dryRunDecision } from "../../src/plans/dry-run-decision.ts";
import { judgeDryRun, openTrialGate } from "../../src/policy/judge-dry-run.ts";
import { openEngine } from "../../src/policy/open-engine.ts";
import { configured } from "../support/configured.ts";
import { openGate, policySettingsOf } from "../support/gates.ts";
import { startOpa, withoutOpa } from "../support/opa.ts";
import { aboutTickets, common, ticket } from "../support/policy-questions.ts";

const parameters = {
	db_password: "p-4711",
	pin: "p-4712",
	region: "north",
	rest: '{"api_key":"p-4713","left":1}',
};
const marked = () =>
	ticket("t-1", { parameters, metadata: { sensitive: "pin" } });
const hidden = {
	db_password: "***",
	pin: "***",
	region: "north",
	rest: '{"api_key":"***","left":1}',
};

test("gate: an OPA server gets sensitive parameters by name only, whoever asks it and when", async (t) => {
	const { env, bodies } = await listen(t);
	const { gate } = await openGate(env);
	await gate.decide(aboutTickets(marked()));
	await gate.decide({
		...common,
		point: "before-publication",
		tickets: [marked()],
		agents: [null],
	});
	assert.deepEqual(bodies.flatMap(parametersIn), [hidden, hidden]);
	assert.doesNotMatch(bodies.join(), /p-471/);
});

test("gate: the embedded policies get sensitive parameters by name only, too", async () => {
	const { engine } = await openEngine(policySettingsOf().engine);
	assert.equal(engine.name, "embedded");
	const asked: string[] = [];
	const { gate } = await openGate(
		{},
		{
			engine: {
				...engine,
				evaluate(paths, inputs, untilMs) {
					asked.push(JSON.stringify({ input: inputs }));
					return engine.evaluate(paths, inputs, untilMs);
				},
			},
		},
	);
	const { outcome } = await gate.decide(aboutTickets(marked()));
	assert.equal(outcome, "allowed");
	assert.deepEqual(asked.flatMap(parametersIn), [hidden]);
});

test("dry run: marks of the plan hide its tasks' parameters from an OPA server too", async (t) => {
	const { env, bodies } = await listen(t);
	const { plan: settings, versions, policy } = configured(env);
	const tasks = [{ task_id: "a", parameters }];
	const value = {
		...buildPlan({ plan_id: "p-1", tasks }),
		metadata: { sensitive: "pin" },
	};
	const asked = { value, nowMs: Date.now(), stored: { plan: null } };
	const reply = dryRunDecision({ settings, versions }, asked);
	assert.ok(reply.kind === "done");
	const gate = await openTrialGate(policy);
	await judgeDryRun(gate, reply.run, reply.input);
	assert.deepEqual(bodies.flatMap(parametersIn), [hidden]);
	assert.doesNotMatch(bodies.join(), /p-471/);
});

test("gate, OPA server: a policy of one's own that quotes every parameter has nothing sensitive to quote", {
	skip: withoutOpa,
}, async (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "own-policy-"));
	t.after(() => rmSync(folder, { recursive: true }));
	writeFileSync(path.join(folder, "own.rego"), quoting);
	const { port } = await startOpa(t, { folder });
	const own = "own/resource_limits";
	const { gate, records } = await openGate({
		OPA_HOST: "127.0.0.1",
		OPA_PORT: String(port),
		OPA_SECURITY_ENABLED: "false",
		OPA_POLICY_RESOURCE_LIMITS: own,
		OPA_POLICY_SLA_ENFORCEMENT: own,
	});
	const decision = await gate.decide(aboutTickets(marked()));
	assert.ok("denied" in decision);
	const [violation] = decision.denied?.[0]?.violations ?? [];
	for (const shown of [violation, records[0]?.violations[0]])
		assert.deepEqual(JSON.parse(shown?.actual as string), hidden);
});

/** A server at OPA's address that keeps what it was asked, and allows everything. */
async function listen(t: TestContext) {
	const bodies: string[] = [];
	const server = createServer(async (request, reply) => {
		const body = await text(request);
		bodies.push(body);
		const { query, input } = JSON.parse(body);
		const allowed = { allow: true, violations: [], warnings: [] };
		const documents = { ...input.items.map(() => allowed) };
		const names: string[] = query.match(/\bp\d+(?= =)/g);
		const result = Object.fromEntries(names.map((it) => [it, documents]));
		reply.end(JSON.stringify({ result: [result] }));
	}).listen(0, "127.0.0.1");
	t.after(() => server.close());
	await new Promise((resolve) => server.once("listening", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		bodies,
		env: { OPA_HOST: "127.0.0.1", OPA_PORT: String(port) },
	};
}

/** The parameters of the tickets in a question; a plan has none. */
function parametersIn(body: string): unknown[] {
	const { items } = JSON.parse(body).input as {
		items: { resource: { parameters?: unknown } }[];
	};
	return items.flatMap(({ resource }) => resource.parameters ?? []);
}

const quoting = `package own.resource_limits

import rego.v1

allow := false

violations contains {
	"policy": "resource_limits",
	"rule": "quotes",
	"severity": "high",
	"field": "parameters",
	"msg": "all of them",
	"expected": null,
	"actual": input.resource.parameters,
}

warnings := set()
`;
