import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyResult } from "../../../src/domain/execution/apply-result.ts";
import { brokenInvariant } from "../../../src/domain/execution/invariants.ts";
import type { Execution } from "../../../src/domain/execution/state.ts";
import type { TicketResult } from "../../../src/domain/plan-run.ts";
import {
	anyMove,
	anyPlan,
	carryOver,
	openGame,
	play,
	playOut,
} from "../../support/execution-moves.ts";

const moves = fc.array(anyMove, { maxLength: 60 });
const runs = { numRuns: 1_500 };

function checkLaws(execution: Execution): void {
	assert.equal(brokenInvariant(execution), undefined);
}

/** What an ended ticket says, which nothing may change any more. */
function endings({ tickets }: Execution): Map<number, string> {
	const ended = tickets.flatMap((state, ticket) => {
		const { outcome, finishedAt, agentId, output, errorMessage } = state;
		const said = [outcome, finishedAt, agentId, output, errorMessage];
		return outcome === null ? [] : [[ticket, JSON.stringify(said)] as const];
	});
	return new Map(ended);
}

test("execution: whatever happens in whatever order, the laws hold and each ticket ends once", () =>
	fc.assert(
		fc.property(anyPlan, moves, (plan, played) => {
			const game = openGame(plan);
			checkLaws(game.execution);
			for (const move of played) {
				const before = endings(game.execution);
				play(game, move);
				checkLaws(game.execution);
				const after = endings(game.execution);
				for (const [ticket, said] of before)
					assert.equal(after.get(ticket), said);
			}
			const before = endings(game.execution);
			assert.ok(playOut(game), "some ticket never ends");
			checkLaws(game.execution);
			for (const [ticket, said] of before)
				assert.equal(endings(game.execution).get(ticket), said);
		}),
		runs,
	));

test("execution: a result that was entered before is a duplicate, and changes nothing", () =>
	fc.assert(
		fc.property(anyPlan, moves, (plan, played) => {
			const game = openGame(plan);
			for (const move of played) {
				const effect = play(game, move);
				if (move.kind !== "result" || effect === "unknown") continue;
				const before = JSON.stringify(game.execution.tickets);
				const said = game.said as TicketResult;
				assert.equal(
					applyResult(game.execution, said, game.nowMs + 1),
					"duplicate",
				);
				assert.equal(JSON.stringify(game.execution.tickets), before);
			}
		}),
		runs,
	));

/**
 * The future of two games must not differ but in the order of what is refused together: a ticket that is skipped
 * may blame another failure, and its last attempt ends by its own refusal or by the skip.
 */
function standing({ tickets }: Execution): unknown {
	return tickets.map((state) =>
		state.outcome === "skipped"
			? { ...state, errorMessage: "", attempts: state.attempts.slice(0, -1) }
			: state,
	);
}

test("execution: a fresh run that takes the tickets over as JSON has the same future", () =>
	fc.assert(
		fc.property(anyPlan, moves, moves, (plan, past, future) => {
			const game = openGame(plan);
			for (const move of past) play(game, move);
			play(game, { kind: "put-back" });
			const next = carryOver(game);
			checkLaws(next.execution);
			for (const move of future) {
				assert.equal(play(next, move), play(game, move));
				assert.deepEqual(standing(next.execution), standing(game.execution));
			}
		}),
		runs,
	));

test("execution: what was on its way when the run ended goes out again", () =>
	fc.assert(
		fc.property(anyPlan, moves, (plan, past) => {
			const game = openGame(plan);
			for (const move of past) play(game, move);
			const next = carryOver(game);
			checkLaws(next.execution);
			assert.ok(playOut(next));
		}),
		runs,
	));
