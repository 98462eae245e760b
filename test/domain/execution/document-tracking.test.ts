import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DocumentWrite } from "../../../src/domain/documents.ts";
import {
	markStored,
	markUnstored,
	type TakenTickets,
	takeTicketWrites,
} from "../../../src/domain/execution/document-tracking.ts";
import {
	type stateOf,
	wireId,
	writable,
	writableTicket,
} from "../../../src/domain/execution/state.ts";
import { ticketDocument } from "../../../src/domain/ticket-documents.ts";
import {
	anyMove,
	anyPlan,
	carryOver,
	type Game,
	openGame,
	play,
} from "../../support/execution-moves.ts";
import { identity, ticketsOf } from "../../support/executions.ts";

type Stored = Map<string, Record<string, unknown>>;

/** A run whose documents go to a store that keeps what MongoDB would keep. */
interface Written {
	game: Game;
	stored: Stored;
	flight: { writes: DocumentWrite[]; taken: TakenTickets } | undefined;
	revision: number;
}

const { terms } = ticketsOf([["a"]]);

/** The writer's part: one batch is on its way at a time, and may land, be lost, or land and be thought lost. */
const anyStep = fc.oneof(
	{ arbitrary: anyMove, weight: 8 },
	{
		arbitrary: fc.record({
			kind: fc.constantFrom(
				"send" as const,
				"landed" as const,
				"lost" as const,
				"landed unheard" as const,
			),
		}),
		weight: 6,
	},
	{
		arbitrary: fc.record({
			kind: fc.constantFrom("compensating" as const, "fresh run" as const),
		}),
		weight: 1,
	},
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function step(written: Written, move: Step): void {
	const { game, flight } = written;
	switch (move.kind) {
		case "send":
			if (flight === undefined) send(written);
			return;
		case "landed":
		case "landed unheard":
			if (flight !== undefined) store(written.stored, flight.writes);
			settle(written, move.kind === "landed");
			return;
		case "lost":
			settle(written, false);
			return;
		case "compensating":
			writable(game.execution).tickets.forEach((state, ticket) => {
				if (state.outcome === null) return;
				state.compensating = !state.compensating;
				writable(game.execution).dirty.add(ticket);
			});
			return;
		case "fresh run":
			settle(written, false);
			play(game, { kind: "put-back" });
			// As `carryRun` does with what is not yet written.
			for (const ticket of game.execution.dirty)
				writableTicket(game.execution, ticket).documented = false;
			written.game = carryOver(game);
			return;
		default:
			play(game, move);
	}
}

function send(written: Written): void {
	written.revision += 1;
	const { execution, nowMs } = written.game;
	written.flight = takeTicketWrites(
		{ execution, identity, terms },
		String(written.revision).padStart(9, "0"),
		nowMs,
	);
}

function settle(written: Written, heard: boolean): void {
	if (written.flight !== undefined)
		(heard ? markStored : markUnstored)(written.flight.taken);
	written.flight = undefined;
}

function store(stored: Stored, writes: DocumentWrite[]): void {
	for (const { collection, _id, revision, fields } of writes) {
		const key = `${collection}/${_id}`;
		const known = stored.get(key) ?? {};
		if (String(known.revision ?? "") >= revision) continue;
		// What goes to MongoDB goes as JSON first.
		const landed = JSON.parse(JSON.stringify(fields)) as object;
		stored.set(key, { ...known, ...landed, revision });
	}
}

/** What the documents must say when everything has landed. */
function checkDocuments({ game, stored }: Written): void {
	const { execution, nowMs } = game;
	execution.tickets.forEach((state, ticket) => {
		const tracked = { execution, identity, terms };
		const { updated_at, output, ...shown } = ticketDocument(
			tracked,
			ticket,
			nowMs,
		);
		const key = `execution_tickets/${shown.ticket_id}`;
		const { revision, ...document } = stored.get(key) ?? {};
		const completed = state.attempts.findIndex(
			({ end }) => end === "completed",
		);
		assert.deepEqual(document, {
			...shown,
			updated_at: document.updated_at,
			// It has left the state, and stands in the document for good.
			output:
				completed === -1
					? {}
					: { from: wireId(execution, ticket, completed + 1) },
		});
		assert.equal(state.output, null);
		assert.ok(Object.keys(output).length === 0);
		checkAttempts(state.attempts, (number) =>
			stored.get(`ticket_attempts/${wireId(execution, ticket, number)}`),
		);
	});
}

function checkAttempts(
	attempts: ReturnType<typeof stateOf>["attempts"],
	documentOf: (number: number) => Record<string, unknown> | undefined,
): void {
	attempts.forEach((attempt, index) => {
		const document = documentOf(index + 1);
		if (attempt.publishedAt === null) {
			assert.equal(document, undefined);
			return;
		}
		assert.equal(document?.attempt, index + 1);
		assert.equal(document?.outcome, attempt.end);
		assert.equal(document?.published_at, attempt.publishedAt);
		assert.equal(document?.finished_at, attempt.finishedAt);
		assert.equal(document?.agent_id, attempt.agentId);
		assert.equal(document?.error_message, attempt.errorMessage);
	});
}

test("plan documents: whatever is lost on the way, in the end the documents say what the state says", () =>
	fc.assert(
		fc.property(
			anyPlan,
			fc.array(anyStep, { maxLength: 60 }),
			(plan, steps) => {
				const written: Written = {
					game: openGame(plan),
					stored: new Map(),
					flight: undefined,
					revision: 0,
				};
				for (const move of steps) step(written, move);
				for (let turn = 0; turn < 3; turn++) {
					step(written, { kind: "send" });
					step(written, { kind: "landed" });
				}
				checkDocuments(written);
				assert.equal(written.game.execution.dirty.size, 0);
			},
		),
		{ numRuns: 1_500 },
	));

test("plan documents: after the whole ticket only its changes are written", () => {
	const game = openGame({ tasks: [["a"], ["b"]], rules: {} });
	const tracked = { execution: game.execution, identity, terms };
	const first = takeTicketWrites(tracked, "1", 1);
	assert.equal(first.writes.length, 2);
	assert.ok(first.writes.every(({ fields }) => "description" in fields));
	markStored(first.taken);
	assert.deepEqual(takeTicketWrites(tracked, "2", 2).writes, []);

	play(game, { kind: "take" });
	play(game, { kind: "confirm" });
	const next = takeTicketWrites(tracked, "3", 3);
	assert.deepEqual(next.writes.map(({ collection }) => collection).sort(), [
		"execution_tickets",
		"execution_tickets",
		"ticket_attempts",
		"ticket_attempts",
	]);
	for (const { collection, fields } of next.writes)
		assert.equal("description" in fields, false, collection);
});
