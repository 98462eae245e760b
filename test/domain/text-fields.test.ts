import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numberOf } from "../../src/domain/exact-number.ts";
import { planCompensation } from "../../src/domain/execution/plan-compensation.ts";
import type { TicketSpec } from "../../src/domain/generate-tickets.ts";
import { addNotes, withText } from "../../src/domain/text-fields.ts";
import { textBytes } from "../../src/domain/write-chunks.ts";
import { endedExecution, ticketsOf } from "../support/executions.ts";

test("withText: text stays, the rest becomes its JSON, and a note says which", () => {
	const fields = {
		text: "7",
		count: 7,
		long: numberOf("7615917337495251231"),
		list: ["x", numberOf("1e400")],
		none: null,
	};
	assert.deepEqual(withText(fields, "parameters"), {
		fields: {
			text: "7",
			count: "7",
			long: "7615917337495251231",
			list: '["x",1e400]',
			none: "null",
		},
		notes: [
			"parameters.count: number -> string",
			"parameters.long: number -> string",
			"parameters.list: array -> string",
			"parameters.none: null -> string",
		],
	});
	assert.deepEqual(addNotes({ mapped: "a" }, ["b", "c"]), {
		mapped: "a; b; c",
	});
	assert.deepEqual(addNotes({ x: "y" }, []), { x: "y" });
});

/** What builds before issue 9 had in place of a ticket's parameters and metadata. */
function former(given: Record<string, unknown>, { metadata }: TicketSpec) {
	const { fields, notes } = withText(given, "parameters");
	return { parameters: fields, metadata: addNotes(metadata, notes) };
}

const bytes = (fields: Record<string, unknown>) =>
	textBytes(fields.parameters) + textBytes(fields.metadata);
const parameters = fc.dictionary(
	fc.oneof(fc.string(), fc.constantFrom("artifact_ids", "image_tag", "é")),
	fc.oneof(fc.string(), fc.jsonValue()),
	{ maxKeys: 5, noNullPrototype: true },
);
const task_type = fc.constantFrom("BUILD", "TEST", "QUERY", "Review");

test("formerBytes: a ticket's documents are cut where builds before issue 9 cut them", () =>
	fc.assert(
		fc.property(parameters, task_type, (given, type) => {
			const sketch = { task_type: type, parameters: given };
			const [spec] = ticketsOf([["a", [], sketch]]).specs as [TicketSpec];
			const { __proto__: _, ...kept } = given;
			assert.equal(
				(spec.formerBytes ?? 0) + bytes({ ...spec }),
				bytes(former(kept, spec)),
			);
		}),
	));

test("formerBytes: so are those of a compensation", () => {
	const { terms } = ticketsOf([["a"]]);
	const compensationOf = (type: string, given: Record<string, unknown>) => {
		const sketch = { task_type: type, parameters: given };
		const execution = endedExecution([["a", [], sketch]], { a: "failed" });
		return planCompensation(execution, terms, false).specs[0] as TicketSpec;
	};
	fc.assert(
		fc.property(parameters, task_type, (given, type) => {
			const spec = compensationOf(type, given);
			const texts = withText(given, "parameters").fields;
			const { original_params, ...before } = compensationOf(
				type,
				texts,
			).parameters;
			const old = {
				...before,
				...(type === "BUILD" && { artifact_ids: texts.artifact_ids ?? "" }),
				...(original_params !== undefined && {
					original_params: JSON.stringify(texts),
				}),
			};
			assert.equal(
				(spec.formerBytes ?? 0) + textBytes(spec.parameters),
				textBytes(old),
			);
		}),
	);
});

test("addNotes: what was mapped takes a bounded part of the metadata", () => {
	const notes = Array.from({ length: 1_000 }, (_, n) => `note ${n}`);
	const { mapped = "" } = addNotes({ mapped: "before" }, notes);
	assert.ok(mapped.startsWith("before; note 0; "));
	assert.ok(mapped.endsWith("..."));
	assert.equal(mapped.length, 2_003);
});
