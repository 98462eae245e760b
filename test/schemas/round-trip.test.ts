import assert from "node:assert/strict";
import { test } from "node:test";
import avsc from "avsc";
import fc from "fast-check";
import { Compile } from "typebox/compile";
import {
	type AvroNode,
	type AvroType,
	contracts,
	readContract,
} from "./contracts.ts";

/** Any text but half surrogates, which no UTF-8 has. */
const text = fc.string({ unit: "binary", maxLength: 12 });
const numbers: Record<string, fc.Arbitrary<unknown>> = {
	string: text,
	boolean: fc.boolean(),
	int: fc.integer(),
	long: fc.oneof(
		fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
		fc.constantFrom(-(2 ** 52), 2 ** 52),
	),
	double: fc.double({ noNaN: true, noDefaultInfinity: true }),
};

for (const [name, schema] of Object.entries(contracts)) {
	const contract = readContract(name);
	const avro = avsc.Type.forSchema(contract as avsc.Schema);
	const validator = Compile(schema);

	test(`${name}: what the validator accepts comes back from Avro as the same value`, () => {
		fc.assert(
			fc.property(valuesOf(contract), (value) => {
				assert.ok(
					validator.Check(value),
					JSON.stringify(validator.Errors(value)),
				);
				assert.deepEqual(
					plain(avro.fromBuffer(avro.toBuffer(value))),
					plain(value),
				);
			}),
			{ numRuns: 100 },
		);
	});

	test(`${name}: a missing, a foreign and a broken field are refused`, () => {
		fc.assert(
			fc.property(valuesOf(contract), fc.nat(), (value, nth) => {
				const record = value as Record<string, unknown>;
				const fields = Object.keys(record);
				const field = fields[nth % fields.length] as string;
				const { [field]: _, ...without } = record;
				assert.equal(validator.Check(without), false);
				assert.equal(validator.Check({ ...record, [field]: Symbol() }), false);
				assert.equal(validator.Check({ ...record, surplus: 1 }), false);
			}),
			{ numRuns: 30 },
		);
	});
}

test("maps: a key with a line break does not hide a wrong value, __proto__ is refused", () => {
	const ticket = contracts["execution-ticket"];
	assert.ok(ticket !== undefined);
	const parameters = Compile(
		(ticket as unknown as { properties: Record<"parameters", typeof ticket> })
			.properties.parameters,
	);
	assert.equal(parameters.Check({ "a\nb": "text" }), true);
	assert.equal(parameters.Check({ "a\nb": 1 }), false);
	assert.equal(parameters.Check(JSON.parse('{"__proto__": "text"}')), false);
});

function valuesOf(type: AvroType): fc.Arbitrary<unknown> {
	if (typeof type === "string") return numbers[type] ?? fc.constant(null);
	if (Array.isArray(type)) return fc.oneof(...type.map(valuesOf));
	return valuesOfNode(type);
}

function valuesOfNode(type: AvroNode): fc.Arbitrary<unknown> {
	if (type.type === "record") {
		const fields = (type.fields ?? []).map(({ name, type }) => [
			name,
			valuesOf(type),
		]);
		return fc.record(Object.fromEntries(fields));
	}
	if (type.type === "enum") return fc.constantFrom(...(type.symbols ?? []));
	if (type.type === "array")
		return fc.array(valuesOf(type.items ?? "null"), { maxLength: 3 });
	if (type.type === "map") {
		const keys = text.filter((key) => key !== "__proto__");
		return fc.dictionary(keys, valuesOf(type.values ?? "null"), {
			maxKeys: 3,
			noNullPrototype: true,
		});
	}
	return valuesOf(type.type);
}

/** Without prototypes and negative zero, which Avro's integers lack. */
function plain(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value));
}
