import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditHead } from "../../src/domain/audit-chain.ts";
import { createHeadSignatures } from "../../src/plans/head-signatures.ts";
import { verifyAll } from "../../src/plans/verify-all-audits.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import {
	type AuditState,
	extend,
	runsOf,
	type StoredPlan,
	soundState,
	trailsOf,
} from "../support/audit-states.ts";

const key = "the first key of the audit's heads";
const next = "the key that comes after the first";
const runs = runsOf({});

/** Two plans of three records each, whose ends are signed. */
async function signedState(): Promise<AuditState> {
	const state = soundState({ p: 3, q: 3 });
	const { sign } = createHeadSignatures({ keys: [key], signedSinceMs: 0 });
	for (const plan of state.plans.values())
		plan.audit_signature = await sign(
			plan.plan_id,
			plan.audit_head as AuditHead,
		);
	return state;
}

const planOf = (state: AuditState, id: string) =>
	state.plans.get(`orch-${id}`) as StoredPlan;

const tamperings: Record<string, (state: AuditState) => void> = {
	"all replaced by another trail that says to be old": (state) => {
		state.records.clear();
		planOf(state, "p").audit_head = extend(state, "p", {
			count: 3,
			actor: "eve",
		});
		extend(state, "q", { count: 3 });
	},
	"the signature taken away": (state) => {
		delete planOf(state, "p").audit_signature;
	},
	"another plan's signature": (state) => {
		const { audit_signature = "" } = planOf(state, "q");
		planOf(state, "p").audit_signature = audit_signature;
	},
	"a signature that is none": (state) => {
		planOf(state, "p").audit_signature = "x".repeat(43);
	},
};

for (const [what, tamper] of Object.entries(tamperings))
	test(`head signatures: found by plan and among all: ${what}`, async () => {
		const state = await signedState();
		const verifier = createHeadSignatures({ keys: [key], signedSinceMs: 0 });
		const deps = { trails: trailsOf(state), runs, verifier };
		assert.equal((await verifyAll(deps)).ok, true);
		tamper(state);
		for (const verdict of [
			await verifyPlan(deps, "p"),
			await verifyAll(deps),
		]) {
			assert.equal(verdict.ok, false);
			assert.deepEqual(
				verdict.faults.map(({ plan_id, kind }) => [plan_id, kind]),
				[["p", "signature"]],
			);
		}
	});

test("head signatures: a new key signs, the former still verifies; without it the ends it signed are faults", async () => {
	const state = await signedState();
	const trails = trailsOf(state);
	const both = createHeadSignatures({ keys: [next, key], signedSinceMs: 0 });
	const verdict = await verifyAll({ trails, runs, verifier: both });
	assert.equal(verdict.ok, true);
	assert.equal(verdict.witnesses.signatures, 2);
	const head = planOf(state, "p").audit_head as AuditHead;
	const alone = createHeadSignatures({ keys: [next], signedSinceMs: 0 });
	assert.ok(await alone.isGenuine("p", head, await both.sign("p", head)));
	assert.equal((await verifyAll({ trails, runs, verifier: alone })).ok, false);
});

test("head signatures: trails from before signing may be without, later ones may not", async () => {
	const state = soundState({ p: 3 });
	const trails = trailsOf(state);
	for (const [signedSinceMs, ok] of [
		[1_001, true],
		[1_000, false],
	] as const) {
		const verifier = createHeadSignatures({ keys: [key], signedSinceMs });
		assert.equal((await verifyPlan({ trails, runs, verifier }, "p")).ok, ok);
	}
});
