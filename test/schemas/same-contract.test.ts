import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
	type AvroNode,
	type AvroType,
	contracts,
	readContract,
} from "./contracts.ts";

/** One language for both sides, so that a difference shows as a diff. */
type Shape = string | { [key: string]: Shape | Shape[] };

/** The parts of JSON Schema that our validators are made of. */
interface JsonSchema {
	type?: string;
	enum?: string[];
	anyOf?: JsonSchema[];
	items?: JsonSchema;
	properties?: Record<string, JsonSchema>;
	required?: string[];
	additionalProperties?: JsonSchema | false;
	minimum?: number;
	maximum?: number;
}

for (const [name, schema] of Object.entries(contracts)) {
	test(`${name}: the validator has the fields, types, nulls and symbols of the Avro contract, in its order`, () => {
		const avro = shapeOfAvro(readContract(name));
		const json = shapeOfJson(JSON.parse(JSON.stringify(schema)) as JsonSchema);
		assert.equal(JSON.stringify(json, null, 1), JSON.stringify(avro, null, 1));
	});
}

test("schemas/: every contract is under test", () => {
	const files = readdirSync(new URL("../../schemas/", import.meta.url));
	const written = files
		.filter((file) => file.endsWith(".avsc"))
		.map((file) => file.slice(0, -".avsc".length));
	assert.deepEqual(written.sort(), Object.keys(contracts).sort());
});

function shapeOfAvro(type: AvroType): Shape {
	if (typeof type === "string") return type;
	if (Array.isArray(type)) return { nullable: shapeOfAvro(nonNull(type)) };
	if (type.type === "record") return { record: shapeOfFields(type) };
	if (type.type === "enum") return { symbols: type.symbols ?? [] };
	if (type.type === "array")
		return { array: shapeOfAvro(type.items ?? "null") };
	if (type.type === "map") return { map: shapeOfAvro(type.values ?? "null") };
	return shapeOfAvro(type.type);
}

function nonNull(union: AvroType[]): AvroType {
	const [first, second, ...more] = union;
	assert.equal(first, "null");
	assert.deepEqual(more, []);
	assert.ok(second !== undefined);
	return second;
}

function shapeOfFields({ fields = [] }: AvroNode): Shape {
	return Object.fromEntries(
		fields.map(({ name, type }) => [name, shapeOfAvro(type)]),
	);
}

function shapeOfJson(schema: JsonSchema): Shape {
	if (schema.enum !== undefined) return { symbols: schema.enum };
	if (schema.anyOf !== undefined)
		return { nullable: shapeOfJson(nullableOf(schema.anyOf)) };
	if (schema.items !== undefined) return { array: shapeOfJson(schema.items) };
	if (schema.type === "object") return shapeOfObject(schema);
	if (schema.type === "integer")
		return schema.maximum === 2 ** 31 - 1 ? "int" : "long";
	if (schema.type === "number") return "double";
	return schema.type ?? "nothing";
}

function shapeOfObject({
	properties = {},
	additionalProperties,
	required = [],
}: JsonSchema): Shape {
	if (additionalProperties !== undefined && additionalProperties !== false) {
		return { map: shapeOfJson(additionalProperties) };
	}
	assert.equal(additionalProperties, false);
	assert.deepEqual(required, Object.keys(properties));
	return {
		record: Object.fromEntries(
			Object.entries(properties).map(([name, type]) => [
				name,
				shapeOfJson(type),
			]),
		),
	};
}

function nullableOf(union: JsonSchema[]): JsonSchema {
	assert.equal(union.length, 2);
	assert.equal(union[0]?.type, "null");
	return union[1] as JsonSchema;
}
