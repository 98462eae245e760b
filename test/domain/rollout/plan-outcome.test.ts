import assert from "node:assert/strict";
import { test } from "node:test";
import {
	endedOutcome,
	type PlanEndFacts,
	planOutcome,
} from "../../../src/domain/rollout/plan-outcome.ts";
import type { PlanRouting } from "../../../src/domain/rollout/routing.ts";
import { runInput, someDecision } from "../../support/plan-inputs.ts";

const routing: PlanRouting = {
	split_revision: 3,
	version_weight: 25,
	release: {
		...{ rollout_id: "r-1", deployment: "orchestrator", build: "new" },
		...{ arm: "candidate", weight: 5 },
	},
};
const input = {
	...runInput(someDecision({ metadata: { tenant_id: "acme" } })),
	orchestrator_version: "V2" as const,
	routing,
};
const facts: PlanEndFacts = {
	...{ input, runId: "run-1", status: "SUCCESS" },
	...{ isDenied: false, isTimedOut: false, fallbackReason: null },
	...{ domain: "INFRA", riskBand: "low", startedAtMs: 1_000 },
	...{ endedAtMs: 61_000, heldMs: 20_000, deadlineMs: 50_000 },
	predictedMs: 30_000,
	build: { deployment: "orchestrator", build: "new" },
};

test("planOutcome: what was assigned, what ran, and how long somebody worked on it", () => {
	assert.partialDeepStrictEqual(planOutcome(facts), {
		...{ version_assigned: "V2", version_ran: "V2", version_weight: 25 },
		...{ routing_revision: 3, rollout_id: "r-1", build_weight: 5 },
		...{ build_assigned: "new", build_ran: "new" },
		...{ failure_class: null, counts: true, sla_missed: true },
		...{ duration_ms: 60_000, active_ms: 40_000, predicted_ms: 30_000 },
		...{ tenant: "acme", domain: "INFRA", risk_band: "low" },
	});
});

const classes: [string, Partial<PlanEndFacts>, string | null, boolean][] = [
	["success", {}, null, true],
	["partial", { status: "PARTIAL" }, "tickets_failed", true],
	["failed", { status: "FAILED" }, "tickets_failed", true],
	["timed out", { status: "FAILED", isTimedOut: true }, "timed_out", true],
	["fell back", { fallbackReason: "a bug" }, "version_fallback", true],
	[
		"fell back and failed",
		{ status: "FAILED", fallbackReason: "a bug" },
		"tickets_failed",
		true,
	],
	["invalid", { status: "INVALID" }, "plan_invalid", false],
	["denied", { status: "INVALID", isDenied: true }, "plan_denied", false],
	["rejected", { status: "REJECTED" }, "rejected", false],
	["cancelled", { status: "CANCELLED" }, "cancelled", false],
	["expired", { status: "EXPIRED" }, "approval_expired", false],
];

for (const [name, changes, failure_class, counts] of classes)
	test(`planOutcome: ${name}`, () => {
		const outcome = planOutcome({ ...facts, ...changes });
		assert.deepEqual(
			[outcome.failure_class, outcome.counts],
			[failure_class, counts],
		);
	});

test("planOutcome: a plan that V2 gave up is booked on V2, though V1 finished it", () => {
	const { version_assigned, version_ran, fallback_reason } = planOutcome({
		...facts,
		fallbackReason: "a bug",
	});
	assert.deepEqual(
		[version_assigned, version_ran, fallback_reason],
		["V2", "V1", "a bug"],
	);
});

test("planOutcome: a plan of an earlier release is compared with nothing", () => {
	const { routing: _, ...earlier } = input;
	assert.partialDeepStrictEqual(planOutcome({ ...facts, input: earlier }), {
		...{ version_weight: null, routing_revision: null, rollout_id: null },
		...{ build_weight: null, build_assigned: null },
	});
});

test("endedOutcome: a run that was ended from outside failed, and the build is the one that had it", () => {
	const ended = {
		...{ plan_id: input.decision.plan_id, run_id: "run-2" },
		...({ ending: "TERMINATED", ended_at: 9_000 } as const),
	};
	const build = { deployment: "orchestrator", build: "old" };
	const start = { input, runId: "run-1", startedAtMs: 1_000, build };
	assert.partialDeepStrictEqual(endedOutcome(ended, start), {
		...{ run_id: "run-1", status: "FAILED", failure_class: "run_ended" },
		...{ counts: true, duration_ms: 8_000, build_ran: "old" },
		...{ build_assigned: "new", risk_band: "high" },
	});
});
