import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import { takeTicketWrites } from "../../src/domain/execution/document-tracking.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { type Execution, wireId } from "../../src/domain/execution/state.ts";
import {
	markPublished,
	takeReady,
} from "../../src/domain/execution/transitions.ts";
import {
	generateTickets,
	type PlanTerms,
	termsOf,
} from "../../src/domain/generate-tickets.ts";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import {
	cutForPayload,
	MAX_PAYLOAD_BYTES,
} from "../../src/domain/payload-limits.ts";
import { readResult } from "../../src/domain/read-result.ts";
import { validatePlan } from "../../src/domain/validate-plan.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { chunkWrites } from "../../src/domain/write-chunks.ts";
import { identity, madeAtMs, rules } from "../support/executions.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { planJson, type TaskSketch } from "../support/plans.ts";

/** A plan larger than intake takes is no plan of ours. */
const MAX_PLAN_BYTES = 1_572_864;
/** As many tickets go out together at most. */
const BATCH = 400;

/** Mappers, and reducers that each need all of them: the edges grow as the product. */
interface Shape {
	mappers: number;
	reducers: number;
	/** Of an id, in letters; at most 200 are allowed. */
	idLength: number;
	letter: string;
	/** Of each mapper's parameters. */
	parameterLength: number;
	/** Of what each worker hands back. */
	outputLength: number;
}

const anyShape: fc.Arbitrary<Shape> = fc.record({
	mappers: fc.constantFrom(1, 30, 300),
	reducers: fc.constantFrom(0, 1, 40, 110),
	idLength: fc.constantFrom(5, 36, 199, 200, 201),
	letter: fc.constantFrom("a", "é", "漢", '"', "\\"),
	parameterLength: fc.constantFrom(0, 1_000, 60_000),
	outputLength: fc.constantFrom(0, 4_000, 5_000, 70_000),
});

function planOf({ mappers, reducers, idLength, letter, ...shape }: Shape) {
	const name = (kind: string, at: number) =>
		`${kind}${at}`.padEnd(idLength, letter);
	const ids = Array.from({ length: mappers }, (_, at) => name("m", at));
	const text = letter.repeat(shape.parameterLength);
	return planJson([
		...ids.map((id): TaskSketch => [id, [], { parameters: { text } }]),
		...Array.from(
			{ length: reducers },
			(_, at): TaskSketch => [name("r", at), ids],
		),
	]);
}

/** Every part is within one payload, or is one thing that is in no other payload. */
function assertFits(parts: readonly (readonly unknown[])[]): void {
	for (const part of parts)
		assert.ok(
			part.length === 1 || jsonBytes(part) <= MAX_PAYLOAD_BYTES,
			`${part.length} items have ${jsonBytes(part)} bytes`,
		);
}

/** Publishes, answers and writes down until nothing is ready any more. */
function playOut(execution: Execution, terms: PlanTerms, shape: Shape): void {
	const output = { log: shape.letter.repeat(shape.outputLength) };
	for (let round = 0; ; round += 1) {
		const publications = takeReady(execution);
		if (publications.length === 0) return;
		const wired = publications.map(({ ticket, attempt }) =>
			toWireTicket(execution, ticket, attempt, identity, terms),
		);
		for (let from = 0; from < wired.length; from += BATCH)
			assertFits(cutForPayload(wired.slice(from, from + BATCH)));
		markPublished(execution, publications, madeAtMs + round);
		for (const { ticket, attempt } of publications) {
			const reading = readResult(
				{
					ticket_id: wireId(execution, ticket, attempt),
					status: "COMPLETED",
					result: { success: true, output },
				},
				null,
			);
			assert.ok(reading.ok);
			applyResult(execution, reading.result, madeAtMs + round + 1);
		}
		const tracked = { execution, identity, terms };
		const { writes } = takeTicketWrites(tracked, String(round), madeAtMs);
		assertFits(chunkWrites(writes).exact);
	}
}

test("plans near every limit: refused by C1, or every payload fits and every ticket ends", () => {
	const met = new Set<string>();
	fc.assert(
		fc.property(anyShape, (shape) => {
			const plan = planOf(shape);
			if (jsonBytes(plan) > MAX_PLAN_BYTES) return void met.add("too large");
			const validation = validatePlan({
				plan,
				planId: "p-1",
				nowMs: 0,
				maxTasks: planSettings.planMaxTasks,
			});
			if (!validation.valid) {
				assert.ok(validation.problems.length > 0);
				return void met.add("refused");
			}
			const { validated } = validation;
			const terms = termsOf(validated.plan, madeAtMs);
			const specs = generateTickets(validated, terms, planSettings);
			const dispatch =
				shape.mappers % 2 === 0 ? "as-ready" : ("all-at-once" as const);
			const execution = createExecution("p-1", specs, { ...rules, dispatch });
			playOut(execution, terms, shape);
			assert.equal(execution.openCount, 0, "a ticket never ends");
			return void met.add("ran");
		}),
		{
			numRuns: 12,
			examples: [
				[
					{
						...{ mappers: 1_000, reducers: 110, idLength: 5, letter: "a" },
						...{ parameterLength: 0, outputLength: 5_000 },
					},
				],
				[
					{
						...{ mappers: 30, reducers: 1, idLength: 201, letter: "a" },
						...{ parameterLength: 0, outputLength: 0 },
					},
				],
				[
					{
						...{ mappers: 30, reducers: 1, idLength: 5, letter: "a" },
						...{ parameterLength: 60_000, outputLength: 0 },
					},
				],
			],
		},
	);
	assert.deepEqual([...met].sort(), ["ran", "refused", "too large"]);
});
