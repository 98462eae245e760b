import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndedCalls, FeatureArms } from "../../src/plans/feature-arms.ts";
import { evaluateByArm } from "../../src/policy/canary-engine.ts";
import type { PolicyEngine } from "../../src/policy/engine.ts";
import { openEmbedded } from "../../src/policy/open-engine.ts";
import { openGate } from "../support/gates.ts";
import { aboutPlan } from "../support/policy-questions.ts";

/** Plans whose id begins with `c` are in the canary. */
function armsByName() {
	const ended: EndedCalls[] = [];
	const arms: FeatureArms = {
		armOf: (_feature, key) => (key.startsWith("c") ? "canary" : "stable"),
		record: (one) => void ended.push(one),
	};
	const seen = () => ended.map(({ arm, failures }) => `${arm} ${failures}`);
	return { arms, seen };
}

const about = (plan_id: string) => ({ ...aboutPlan(), plan_id });

const away: PolicyEngine = {
	name: "server",
	evaluate: async () => {
		throw new Error("no OPA answers");
	},
	ping: async () => {},
};

test("embedded_policy: plans of the share are judged by the embedded policies, the others by the server", async () => {
	const { arms, seen } = armsByName();
	const embedded = await openEmbedded(null);
	const evaluate = evaluateByArm({ usual: away, embedded }, arms);
	const { gate, records } = await openGate({}, { engine: away, evaluate });
	const decide = async (plan_id: string) =>
		(await gate.decide(about(plan_id))).outcome;
	assert.equal(await decide("canary-1"), "allowed");
	assert.equal(records[0]?.engine, "embedded");
	assert.equal(await decide("stable-1"), "undecided");
	assert.deepEqual(seen(), ["canary 0", "stable 1"]);
});

test("embedded_policy: where the embedded one has no answer the server is asked in the same question, and the failure stays the canary's", async () => {
	const { arms, seen } = armsByName();
	const usual = { ...(await openEmbedded(null)), name: "server" as const };
	const embedded = { ...away, name: "embedded" as const };
	const evaluate = evaluateByArm({ usual, embedded }, arms);
	const { gate, records } = await openGate({}, { engine: usual, evaluate });
	const { outcome } = await gate.decide(about("canary-1"));
	assert.equal(outcome, "allowed");
	assert.equal(records[0]?.engine, "server");
	assert.deepEqual(seen(), ["canary 1"]);
});

test("embedded_policy: without a canary nothing is recorded", async () => {
	const none = { ...armsByName().arms, armOf: () => null };
	const usual = await openEmbedded(null);
	const evaluate = evaluateByArm({ usual, embedded: away }, none);
	const { gate } = await openGate({}, { engine: usual, evaluate });
	const { outcome } = await gate.decide(about("canary-1"));
	assert.equal(outcome, "allowed");
});
