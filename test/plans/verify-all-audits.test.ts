import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunHead } from "../../src/domain/audit-heads.ts";
import { verifyAll, verifyHeads } from "../../src/plans/verify-all-audits.ts";
import {
	type AuditVerdict,
	type VerifyAuditDeps,
	verifyPlan,
} from "../../src/plans/verify-audit.ts";
import {
	type AuditState,
	headAt,
	recordsOf,
	runsOf,
	soundState,
	trailsOf,
} from "../support/audit-states.ts";
import { storeAway, temporalAway } from "../support/http.ts";
import { tamperings, VICTIM } from "../support/tamperings.ts";

const plans = { a: 3, [VICTIM]: 6, "p:1": 4, z: 201 };

/** Every run has ended where its trail ends, and says so. */
function endedRuns(state: AuditState): Record<string, RunHead> {
	return Object.fromEntries(
		[...state.plans.values()].map(({ plan_id, audit_head }) => [
			plan_id,
			{ state: "ended", head: audit_head },
		]),
	);
}

const nobody = runsOf({});
const sound = soundState(plans);
const runs = runsOf(endedRuns(sound));
const last = headAt(recordsOf(sound, VICTIM).at(-1) ?? assert.fail());

/** How a trail can be checked; the witnesses know the last record. */
const modes: Record<
	string,
	(deps: Pick<VerifyAuditDeps, "trails">) => Promise<AuditVerdict>
> = {
	"one plan": (deps) => verifyPlan({ ...deps, runs }, VICTIM),
	"all plans": (deps) => verifyAll({ ...deps, runs }),
	"one plan with a head": (deps) =>
		verifyPlan({ ...deps, runs: nobody }, VICTIM, [last]),
	"heads alone": (deps) =>
		verifyHeads({ ...deps, runs: nobody }, [{ plan_id: VICTIM, head: last }]),
};

for (const [mode, verify] of Object.entries(modes)) {
	test(`audit verify, ${mode}: sound trails have no fault`, async () => {
		const verdict = await verify({ trails: trailsOf(sound) });
		assert.deepEqual(verdict.faults, []);
		assert.equal(verdict.ok, true);
	});

	for (const [what, { tamper }] of Object.entries(tamperings)) {
		// A head alone says nothing of what lies before or behind it.
		if (mode === "heads alone" && !/replaced|deleted with all/.test(what))
			continue;
		test(`audit verify, ${mode}: ${what} is found`, async () => {
			const state = soundState(plans);
			tamper(state);
			const { ok, faults } = await verify({ trails: trailsOf(state) });
			assert.equal(ok, false);
			assert.deepEqual(
				faults.map(({ plan_id }) => plan_id),
				[VICTIM],
			);
		});
	}
}

test("audit verify: what is stored alone shows what its hashes show, and no more", async () => {
	for (const [what, { tamper, needsWitness = false }] of Object.entries(
		tamperings,
	)) {
		const state = soundState(plans);
		tamper(state);
		const deps = { trails: trailsOf(state), runs: nobody };
		const verdicts = [await verifyAll(deps), await verifyPlan(deps, VICTIM)];
		for (const { ok, witnesses } of verdicts) {
			assert.equal(ok, needsWitness, what);
			assert.deepEqual(witnesses, { temporal: 0, given: 0, signatures: 0 });
		}
	}
});

test("audit verify: what an open run has not landed yet is no fault, what it has landed must be there", async () => {
	const state = soundState(plans);
	const records = recordsOf(state, VICTIM);
	const landed = headAt(records[3] ?? assert.fail());
	for (const { _id } of records.slice(4)) state.records.delete(_id);
	const plan = state.plans.get(`orch-${VICTIM}`) ?? assert.fail();
	plan.audit_head = landed;
	const open = (head: typeof landed | null) => ({
		trails: trailsOf(state),
		runs: runsOf({ [VICTIM]: { state: "open", head } }),
	});
	// The frame is out before the records of its moment are stored.
	assert.ok((await verifyPlan(open(landed), VICTIM, [last])).ok);
	assert.ok((await verifyAll(open(landed))).ok);
	assert.ok(!(await verifyPlan(open(last), VICTIM)).ok);
	assert.ok(!(await verifyAll(open(last))).ok);
	state.plans.delete(`orch-${VICTIM}`);
	for (const { _id } of records) state.records.delete(_id);
	assert.ok((await verifyAll(open(null))).ok, "nothing has landed yet");
});

test("audit verify: a run that was ended from outside vouches for what it had landed", async () => {
	const state = soundState(plans);
	const records = recordsOf(state, VICTIM);
	const cutOff = (index: number) => ({
		trails: trailsOf(state),
		runs: runsOf({
			[VICTIM]: {
				state: "cut-off",
				head: headAt(records[index] ?? assert.fail()),
			},
		}),
	});
	// What closed it has written the rest.
	assert.ok((await verifyAll(cutOff(3))).ok);
	for (const { _id } of records.slice(3)) state.records.delete(_id);
	const plan = state.plans.get(`orch-${VICTIM}`) ?? assert.fail();
	plan.audit_head = headAt(records[2] ?? assert.fail());
	assert.ok(!(await verifyAll(cutOff(3))).ok);
});

test("audit verify: a plan that runs again while it is looked at is looked at again", async () => {
	const state = soundState(plans);
	const before = headAt(recordsOf(state, VICTIM)[3] ?? assert.fail());
	let looks = 0;
	const verdict = await verifyPlan(
		{
			trails: trailsOf(state),
			runs: {
				...nobody,
				readRunHead: async () => {
					looks += 1;
					return { state: "ended", head: looks === 1 ? before : last };
				},
			},
		},
		VICTIM,
	);
	assert.ok(verdict.ok);
});

test("audit verify: without Temporal the rest is checked, and the verdict says so; without MongoDB nothing is", async () => {
	const away = {
		readRunHead: temporalAway,
		async *listRunHeads() {
			yield await temporalAway();
		},
	};
	const deps = { trails: trailsOf(sound), runs: away };
	for (const verdict of [await verifyAll(deps), await verifyPlan(deps, "p")]) {
		assert.equal(verdict.ok, true);
		assert.equal(verdict.witnesses.temporal, null);
	}
	const trails = { ...trailsOf(sound), readHeads: storeAway };
	await assert.rejects(verifyAll({ trails, runs }));
});
