import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	allowedVerbs,
	applyCommand,
	type RolloutCommand,
	refusalOf,
	resume,
	verbs,
} from "../../../src/domain/rollout/commands.ts";
import type { RuleName } from "../../../src/domain/rollout/judgement.ts";
import { nextMove } from "../../../src/domain/rollout/next-step.ts";
import {
	changeWeight,
	enter,
	isOver,
	MAX_SPANS,
	mayEnter,
	type Phase,
	phases,
	type RolloutState,
	routingOf,
} from "../../../src/domain/rollout/state.ts";
import { BASE, rolloutOf, TARGET, verdictOf } from "../../support/rollouts.ts";

const allPhases = Object.keys(phases) as Phase[];
const pauseReasons = [
	...(["ApprovalNeeded", "InconclusiveAnalysis", "InsufficientData"] as const),
	...(["MetricsUnavailable", "RoutingMismatch", "DurationWorse"] as const),
	...(["ErrorBudgetFreeze", "ExternallyManaged", "Manual"] as const),
];
const by = { actor: "ana", reason: "why" };

/** Any state that the table knows, at any ramp. */
const anyState = fc
	.record({
		phase: fc.constantFrom(...allPhases),
		pauseReason: fc.constantFrom(...pauseReasons),
		stepIndex: fc.integer({ min: 0, max: 5 }),
		isPromoted: fc.boolean(),
		weight: fc.constantFrom(0, 5, 25, 50, 95),
	})
	.map(
		({ pauseReason, ...more }): RolloutState => ({
			...rolloutOf(),
			...more,
			pauseReason: more.phase === "Paused" ? pauseReason : null,
		}),
	);
const anyVerdict = fc.record({
	action: fc.constantFrom("stay", "advance", "pause", "rollback"),
	rule: fc.constantFrom<RuleName>("R0", "R1", "R6", "R8", "SRM", "PASS"),
});

test("states: a rollback is reachable from every phase that is not an end", () => {
	for (const phase of allPhases)
		assert.equal(
			isOver(phase) ||
				phase === "RollingBack" ||
				mayEnter(phase, "RollingBack"),
			true,
			phase,
		);
});

test("states: abort may be asked of every phase in which something could be undone", () => {
	fc.assert(
		fc.property(anyState, (state) => {
			const isLate = isOver(state.phase) || state.phase === "RollingBack";
			assert.equal(allowedVerbs(state).includes("abort"), !isLate);
		}),
	);
});

test("nextMove: evidence rolls back whatever the phase, a person's pause included, unless the routing is somebody else's", () => {
	fc.assert(
		fc.property(anyState, (state) => {
			const seen = { verdict: verdictOf("rollback", "R1"), isOurs: true };
			const move = nextMove(state, seen, 2_000_000);
			const isTheirs = state.pauseReason === "ExternallyManaged";
			assert.equal(move.kind, isTheirs ? "stay" : "rollBack");
		}),
	);
});

test("nextMove: a step is passed only by a verdict that says so, and never while paused", () => {
	fc.assert(
		fc.property(
			anyState,
			fc.option(anyVerdict),
			fc.boolean(),
			(state, said, isOurs) => {
				const verdict = said && verdictOf(said.action as "stay", said.rule);
				const move = nextMove(state, { verdict, isOurs }, 2_000_000);
				if (move.kind !== "advance") return;
				assert.equal(verdict?.action, "advance");
				assert.notEqual(state.phase, "Paused");
			},
		),
	);
});

test("nextMove: no look at what cannot be read passes a step", () => {
	fc.assert(
		fc.property(anyState, (state) => {
			const move = nextMove(state, { verdict: null, isOurs: null }, 2_000_000);
			assert.ok(["stay", "rollBack"].includes(move.kind), move.kind);
		}),
	);
});

test("nextMove: from inconclusive nothing but a person leads on", () => {
	const state: RolloutState = {
		...rolloutOf(),
		...{ phase: "Paused", pauseReason: "InconclusiveAnalysis", weight: 5 },
		stepIndex: 1,
	};
	for (const action of ["stay", "advance", "pause"] as const) {
		const seen = { verdict: verdictOf(action), isOurs: true };
		assert.deepEqual(nextMove(state, seen, 9e9), { kind: "stay" });
	}
});

test("nextMove: a lack of measurements ends by itself, and passes nothing by that", () => {
	const state: RolloutState = {
		...rolloutOf(),
		...{ phase: "Paused", pauseReason: "MetricsUnavailable", weight: 5 },
		stepIndex: 1,
	};
	const seen = { verdict: verdictOf("advance", "PASS"), isOurs: true };
	assert.deepEqual(nextMove(state, seen, 2_000_000), { kind: "resume" });
});

test("promote: after an inconclusive step the same verdict does not stop the next one at once, nor let it pass", () => {
	const state: RolloutState = {
		...rolloutOf(),
		...{ phase: "Paused", pauseReason: "RoutingMismatch", weight: 5 },
		...{ stepIndex: 1, verdict: verdictOf("pause", "SRM") },
	};
	const command = { ...by, verb: "promote", how: "skipStep" } as const;
	assert.deepEqual(applyCommand(state, command, 2_000_000), {
		kind: "advance",
	});
	state.stepIndex = 2;
	state.stepSinceMs = 2_000_000;
	enter(state, "Progressing", "25 %");
	const seen = { verdict: verdictOf("pause", "SRM"), isOurs: true };
	assert.deepEqual(nextMove(state, seen, 2_010_000), { kind: "stay" });
	// At the end of its time a person is asked again.
	const after = nextMove(state, seen, 2_000_000 + 1_200_000);
	assert.equal(after.kind, "pause");
	// Another rule stops it at once.
	const other = { verdict: verdictOf("pause", "R8"), isOurs: true };
	assert.equal(nextMove(state, other, 2_010_000).kind, "pause");
});

test("nextMove: an approval that nobody gives waits on, or rolls back, as the step says", () => {
	const waiting = (onTimeout: "pause" | "abort"): RolloutState => ({
		...rolloutOf({
			steps: [
				{ ramp: 5 },
				{ approve: { timeout: "1h", onTimeout } },
				{ promote: {} },
			],
		}),
		...{
			phase: "Paused",
			pauseReason: "ApprovalNeeded",
			stepIndex: 1,
			weight: 5,
		},
	});
	const seen = { verdict: null, isOurs: true };
	const lateMs = 1_000_000 + 3_600_000;
	assert.equal(nextMove(waiting("pause"), seen, lateMs).kind, "stay");
	assert.equal(nextMove(waiting("abort"), seen, lateMs - 1).kind, "stay");
	assert.equal(nextMove(waiting("abort"), seen, lateMs).kind, "rollBack");
});

test("commands: what is not allowed is refused, what is allowed is applied along the table", () => {
	fc.assert(
		fc.property(anyState, fc.constantFrom(...verbs), (state, verb) => {
			const command = {
				...{ ...by, verb, how: "skipStep", weight: 10, policy: {} },
				next: rolloutOf({ target: { buildId: "b3" } }),
			} as unknown as RolloutCommand;
			const isAllowed = allowedVerbs(state).includes(verb);
			assert.equal(refusalOf(state, command) === undefined, isAllowed);
			if (!isAllowed || isOver(state.phase)) return;
			const from = state.phase;
			applyCommand(state, command, 2_000_000);
			assert.ok(from === state.phase || mayEnter(from, state.phase));
		}),
	);
});

test("commands: a release of the same build, or of the one to go back to, does not replace a running one", () => {
	const state = { ...rolloutOf(), phase: "Progressing" as const };
	const start = (buildId: string): RolloutCommand => ({
		...{ ...by, verb: "start", next: rolloutOf({ target: { buildId } }) },
	});
	assert.match(refusalOf(state, start(TARGET)) ?? "", /already/);
	assert.match(refusalOf(state, start(BASE)) ?? "", /abort it/);
	assert.equal(refusalOf(state, start("b3")), undefined);
	assert.equal(
		refusalOf({ ...state, phase: "Healthy" }, start(BASE)),
		undefined,
	);
});

test("commands: one that was meant for another rollout, or for another step, is refused", () => {
	const state = { ...rolloutOf(), phase: "Progressing" as const, stepIndex: 1 };
	const { rolloutId } = state;
	const promote = (meant: object): RolloutCommand => ({
		...{ ...by, verb: "promote", how: "skipStep", ...meant },
	});
	assert.equal(refusalOf(state, promote({ rolloutId, step: 2 })), undefined);
	assert.match(
		refusalOf(state, promote({ rolloutId: "r" })) ?? "",
		/not under way/,
	);
	assert.match(refusalOf(state, promote({ step: 1 })) ?? "", /is at step 2/);
});

test("nextMove: looks that fail as a whole pause it, as soon as those that see too little", () => {
	const state = { ...rolloutOf(), phase: "Progressing" as const };
	const seen = { verdict: null, isOurs: null };
	const after = (unreadableLooks: number) =>
		nextMove({ ...state, unreadableLooks }, seen, 2_000_000);
	assert.equal(after(2).kind, "stay");
	assert.deepEqual(after(3), {
		...{ kind: "pause", reason: "MetricsUnavailable" },
		message: "nothing could be seen in 3 looks",
	});
});

test("resume: goes on where the step stands, also after an interruption between two steps", () => {
	const steps = [{ ramp: 5 }, { approve: {} }, { promote: {} }, { verify: {} }];
	const resumed = (more: Partial<RolloutState>) => {
		const state: RolloutState = {
			...rolloutOf({ steps }),
			...{ phase: "Paused", pauseReason: "ExternallyManaged", ...more },
		};
		resume(state, "again", 2_000_000);
		return [state.phase, state.pauseReason];
	};
	const hadTraffic = true;
	assert.deepEqual(resumed({}), ["Pending", null]);
	assert.deepEqual(resumed({ hadTraffic }), ["Progressing", null]);
	assert.deepEqual(resumed({ hadTraffic, stepIndex: 1 }), [
		"Paused",
		"ApprovalNeeded",
	]);
	assert.deepEqual(resumed({ hadTraffic, stepIndex: 2 }), ["Promoting", null]);
	const isPromoted = true;
	assert.deepEqual(resumed({ isPromoted, stepIndex: 2 }), ["Promoting", null]);
	assert.deepEqual(resumed({ isPromoted, stepIndex: 3 }), ["Verifying", null]);
});

test("weights: whoever changes them a thousand times keeps a bounded history", () => {
	const state = rolloutOf();
	for (let n = 0; n < 1_000; n += 1)
		changeWeight(state, 1 + (n % 99), n, n + 1);
	assert.equal(state.spans.length, MAX_SPANS);
	assert.equal(state.spans.filter(({ toMs }) => toMs === null).length, 1);
});

test("routing: each state says where new plans go", () => {
	const state = rolloutOf();
	const routing = (more: Partial<RolloutState>) =>
		routingOf({ ...state, ...more });
	const nobody = { ramping: null, weight: 0 };
	assert.deepEqual(routing({}), { current: BASE, ...nobody });
	assert.deepEqual(routing({ weight: 5 }), {
		current: BASE,
		ramping: TARGET,
		weight: 5,
	});
	assert.deepEqual(routing({ weight: 100, isPromoted: true }), {
		current: TARGET,
		...nobody,
	});
	assert.deepEqual(routing({ weight: 95, isPromoted: true }), {
		current: TARGET,
		ramping: BASE,
		weight: 5,
	});
	const spec = {
		...state.spec,
		stickiness: { ...state.spec.stickiness, by: "tenant" as const },
	};
	assert.deepEqual(routing({ weight: 5, spec }), { current: BASE, ...nobody });
});
