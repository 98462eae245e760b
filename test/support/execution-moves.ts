import fc from "fast-check";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import { restoreExecution } from "../../src/domain/execution/open-execution.ts";
import {
	type Execution,
	type ExecutionRules,
	type TicketState,
	wireId,
} from "../../src/domain/execution/state.ts";
import { nextDueAtMs } from "../../src/domain/execution/ticket-clocks.ts";
import {
	advance,
	cancelOpen,
	closeAtLimit,
	failPublications,
	markPublished,
	markTried,
	type Publication,
	putBack,
	shiftClocks,
	takeReady,
} from "../../src/domain/execution/transitions.ts";
import type { ResultStatus, TicketResult } from "../../src/domain/plan-run.ts";
import { madeAtMs, newExecution } from "./executions.ts";
import { someResult } from "./plan-inputs.ts";
import type { TaskSketch } from "./plans.ts";

/** What may happen to an execution. `ticket` and `attempt` are taken modulo what there is. */
export type Move =
	| { kind: "take" | "confirm" | "put-back" | "refuse" }
	| { kind: "pause" | "resume" | "cancel" | "limit" }
	| { kind: "pass"; ms: number }
	| {
			kind: "result";
			ticket: number;
			attempt: number;
			status: ResultStatus;
			preempted?: true | undefined;
	  };

/** An execution, its clock, and what is on its way to the topic. */
export interface Game {
	execution: Execution;
	nowMs: number;
	taken: Publication[];
	pausedAtMs: number | undefined;
	/** What was last reported. */
	said?: TicketResult;
}

const TASKS = 6;

/** Any plan of six tasks and any rules for it. */
export const anyPlan: fc.Arbitrary<{
	tasks: TaskSketch[];
	rules: Partial<ExecutionRules>;
}> = fc.record({
	tasks: fc
		.array(fc.uniqueArray(fc.nat(TASKS - 1), { maxLength: 3 }), {
			minLength: TASKS,
			maxLength: TASKS,
		})
		.map((needs) =>
			needs.map(
				(own, index): TaskSketch => [
					`t${index}`,
					own.filter((one) => one < index).map((one) => `t${one}`),
				],
			),
		),
	rules: fc.record({
		dispatch: fc.constantFrom("all-at-once" as const, "as-ready" as const),
		onFailure: fc.constantFrom("skip-descendants" as const, "go-on" as const),
		maxAttempts: fc.integer({ min: 1, max: 3 }),
		preemptionDelayMs: fc.constant(200),
	}),
});

const result = fc.record({
	kind: fc.constant("result" as const),
	ticket: fc.nat(TASKS - 1),
	attempt: fc.nat(2),
	status: fc.constantFrom<ResultStatus>("RUNNING", "COMPLETED", "FAILED"),
	preempted: fc.constantFrom(true as const, undefined),
});

export const anyMove: fc.Arbitrary<Move> = fc.oneof(
	{ arbitrary: result, weight: 12 },
	{
		arbitrary: fc.record({
			kind: fc.constantFrom("take" as const, "confirm" as const),
		}),
		weight: 12,
	},
	{
		arbitrary: fc.record({
			kind: fc.constantFrom("put-back" as const, "refuse" as const),
		}),
		weight: 2,
	},
	{
		arbitrary: fc.record({
			kind: fc.constant("pass" as const),
			ms: fc.constantFrom(1, 50, 150, 1_000, 3_000),
		}),
		weight: 4,
	},
	{
		arbitrary: fc.record({
			kind: fc.constantFrom("pause" as const, "resume" as const),
		}),
		weight: 2,
	},
	{
		arbitrary: fc.record({
			kind: fc.constantFrom("cancel" as const, "limit" as const),
		}),
		weight: 1,
	},
);

export function openGame({
	tasks,
	rules,
}: {
	tasks: TaskSketch[];
	rules: Partial<ExecutionRules>;
}): Game {
	const execution = newExecution(tasks, rules);
	return { execution, nowMs: madeAtMs, taken: [], pausedAtMs: undefined };
}

/** Plays one move, as the workflow would; answers what a result did. */
export function play(game: Game, move: Move): string | undefined {
	game.nowMs += 1;
	if (move.kind === "result") return report(game, move);
	if (move.kind === "pass") game.nowMs += move.ms;
	else moves[move.kind](game);
	if (game.pausedAtMs === undefined) advance(game.execution, game.nowMs);
	return undefined;
}

const moves: Record<
	Exclude<Move["kind"], "result" | "pass">,
	(game: Game) => void
> = {
	take(game) {
		if (game.taken.length === 0 && game.pausedAtMs === undefined)
			game.taken = takeReady(game.execution);
		markTried(game.execution, game.taken);
	},
	confirm({ execution, taken, nowMs }) {
		markPublished(execution, taken.splice(0), nowMs);
	},
	"put-back"({ execution, taken }) {
		putBack(execution, taken.splice(0));
	},
	refuse({ execution, taken, nowMs: at }) {
		failPublications(execution, taken.splice(0), { outcome: "failed", at });
	},
	pause(game) {
		game.pausedAtMs ??= game.nowMs;
	},
	resume(game) {
		if (game.pausedAtMs !== undefined)
			shiftClocks(game.execution, game.pausedAtMs, game.nowMs);
		game.pausedAtMs = undefined;
	},
	cancel({ execution, nowMs }) {
		cancelOpen(execution, "why not", nowMs);
	},
	limit({ execution, nowMs }) {
		closeAtLimit(execution, nowMs);
	},
};

function report(
	game: Game,
	{ ticket, attempt, status, preempted }: Extract<Move, { kind: "result" }>,
): string {
	const { execution, nowMs } = game;
	const { attempts } = execution.tickets[ticket] as TicketState;
	const number = (attempt % Math.max(1, attempts.length)) + 1;
	const id = wireId(execution, ticket, number);
	const output = { from: id };
	game.said = someResult(id, {
		status,
		output,
		...(preempted && { preempted }),
	});
	return applyResult(execution, game.said, nowMs);
}

/** Lets time pass until every ticket has ended; false when that cannot come. */
export function playOut(game: Game): boolean {
	const { execution } = game;
	play(game, { kind: "confirm" });
	play(game, { kind: "resume" });
	for (let turn = 0; turn < 100 && execution.openCount > 0; turn++) {
		play(game, { kind: "take" });
		play(game, { kind: "confirm" });
		const dueAtMs = nextDueAtMs(execution);
		if (dueAtMs !== undefined)
			play(game, { kind: "pass", ms: Math.max(0, dueAtMs - game.nowMs) });
	}
	return execution.openCount === 0;
}

/** The same game in a fresh run: its tickets as JSON, everything else worked out again. */
export function carryOver(game: Game): Game {
	const { planId, specs, rules, tickets } = game.execution;
	const carried = JSON.parse(JSON.stringify(tickets)) as TicketState[];
	return {
		execution: restoreExecution(planId, specs, rules, carried),
		nowMs: game.nowMs,
		taken: [],
		pausedAtMs: game.pausedAtMs,
	};
}
