import assert from "node:assert/strict";
import { test } from "node:test";
import confluent from "@kafkajs/confluent-schema-registry";
import fc from "fast-check";
import { canonicalJson, planHash } from "../../src/domain/canonical-json.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { generateTickets, termsOf } from "../../src/domain/generate-tickets.ts";
import { parseJson } from "../../src/domain/parse-json.ts";
import { readDecision } from "../../src/domain/read-decision.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { identity, rules } from "../support/executions.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { passedPlan, planJson } from "../support/plans.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";

const digits = fc.stringMatching(/^(0|[1-9]\d{0,40})$/);
const sign = fc.constantFrom("", "-");
const integer = fc
	.tuple(sign, digits)
	.map((parts) => parts.join(""))
	.filter((text) => text !== "-0");
const decimal = fc
	.tuple(
		sign,
		digits,
		fc.stringMatching(/^\.\d{1,40}$/),
		fc.stringMatching(/^([eE][+-]?\d{1,3})?$/),
	)
	.map((parts) => parts.join(""));

/** A decision as it lies in Kafka, whose one task has these numbers as parameters. */
function decisionOf(numbers: readonly string[]): Buffer {
	const plan = JSON.stringify(planJson([["a", [], { parameters: "P" }]]));
	const parameters = `{"list":[${numbers.join()}],"deep":{"n":${numbers[0]}},"n":${numbers[0]}}`;
	const cognitive_plan = plan.replace('"P"', parameters);
	return Buffer.from(
		`{"decision_id":"d","plan_id":"p-1","final_decision":"approve","cognitive_plan":${JSON.stringify(cognitive_plan)}}`,
	);
}

/** As everything goes through Temporal. */
const through = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

async function ticketOf(numbers: readonly string[]) {
	const reading = readDecision(await createCodec().decode(decisionOf(numbers)));
	assert.ok(reading.ok);
	const validated = passedPlan(through(reading.plan));
	const terms = termsOf(validated.plan, 0);
	const specs = generateTickets(validated, terms, planSettings);
	const execution = createExecution("p-1", specs, rules);
	return through(toWireTicket(execution, 0, 1, identity, terms));
}

/** What a reader that knows integers of any length makes of the numbers in a ticket's list. */
const listIn = (json: string) =>
	/"list":\[([^\]]*)\]/.exec(json)?.[1]?.split(",");

test("parameters: every number comes out of C2 and on the wire digit by digit", async () => {
	const codec = createCodec();
	const numbers = fc.array(fc.oneof(integer, decimal), {
		minLength: 1,
		maxLength: 6,
	});
	await fc.assert(
		fc.asyncProperty(numbers, async (given) => {
			const ticket = await ticketOf(given);
			const list = listIn((await codec.encodeTicket(ticket)).toString()) ?? [];
			assert.equal(list.length, given.length);
			given.forEach((text, index) => {
				const written = list[index] as string;
				if (/^-?\d+$/.test(text)) assert.equal(written, text);
				const [before, after] = [text, written].map((one) =>
					canonicalJson(parseJson(one)),
				);
				assert.equal(after, before);
			});
			assert.equal(ticket.metadata.mapped, undefined);
		}),
		{ numRuns: 300 },
	);
});

test("parameters: plans that differ in one digit have two hashes", async () => {
	const hashOf = async (number: string) => {
		const reading = readDecision(
			await createCodec().decode(decisionOf([number])),
		);
		return reading.ok ? planHash(through(reading.plan)) : "";
	};
	const [one, other, rounded] = await Promise.all(
		["7615917337495251231", "7615917337495251232", "7615917337495251000"].map(
			hashOf,
		),
	);
	assert.equal(new Set([one, other, rounded]).size, 3);
	assert.notEqual(await hashOf("1e400"), await hashOf("null"));
});

test("parameters: with a registry they are text with the same digits, and a note says so", async (t) => {
	const registry = await openSchemaRegistry(t);
	const codec = createCodec({ registryUrl: registry.url });
	const ticket = await ticketOf(["7615917337495251231", "1e400", "0.5"]);
	const other = new confluent.SchemaRegistry({ host: registry.url });
	const read = await other.decode(await codec.encodeTicket(ticket));
	assert.deepEqual(
		{ ...read.parameters },
		{
			list: "[7615917337495251231,1e400,0.5]",
			deep: '{"n":7615917337495251231}',
			n: "7615917337495251231",
		},
	);
	assert.equal(
		read.metadata.mapped,
		"parameters.list: array -> string; parameters.deep: object -> string; parameters.n: number -> string",
	);
});
