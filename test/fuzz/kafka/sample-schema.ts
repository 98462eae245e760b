import type { Random } from "../../chaos/random.ts";

/** As much of JSON Schema as our contracts use. */
export interface Schema {
	type?: string;
	properties?: Record<string, Schema>;
	required?: readonly string[];
	additionalProperties?: Schema | boolean;
	items?: Schema;
	anyOf?: readonly Schema[];
	enum?: readonly unknown[];
	const?: unknown;
	minimum?: number;
	maximum?: number;
}

const MAX_ITEMS = 3;
const words = ["build", "deploy", "a", "é", "日本", "x y", "0", "🚀", "team-7"];

/** A value that fits the schema; `texts` has what a text of this name may well be. */
export function sampleSchema(
	schema: Schema,
	random: Random,
	texts: (name: string) => readonly string[] = () => [],
	name = "",
): unknown {
	if (schema.const !== undefined) return schema.const;
	if (schema.enum !== undefined) return random.pick(schema.enum);
	if (schema.anyOf !== undefined)
		return sampleSchema(random.pick(schema.anyOf), random, texts, name);
	const inner = (part: Schema, key: string) =>
		sampleSchema(part, random, texts, key);
	switch (schema.type) {
		case "object":
			return Object.fromEntries([
				...Object.entries(schema.properties ?? {})
					.filter(([key]) => isThere(schema, key, random))
					.map(([key, part]) => [key, inner(part, key)]),
				...sampleMap(schema, random, inner),
			]);
		case "array":
			return Array.from({ length: random.between(0, MAX_ITEMS) }, () =>
				inner(schema.items ?? {}, name),
			);
		case "string":
			return random.pick([...texts(name), ...words]);
		case "integer":
			return sampleInteger(schema, random);
		case "number":
			return random.pick([0, 1, 0.5, random.next(), -random.next()]);
		case "boolean":
			return random.next() < 0.5;
		default:
			return null;
	}
}

function isThere({ required }: Schema, key: string, random: Random): boolean {
	return required?.includes(key) === true || random.next() < 0.5;
}

function sampleMap(
	{ additionalProperties }: Schema,
	random: Random,
	inner: (part: Schema, key: string) => unknown,
): [string, unknown][] {
	if (typeof additionalProperties !== "object") return [];
	return Array.from({ length: random.between(0, MAX_ITEMS) }, () => {
		const key = random.pick(words);
		return [key, inner(additionalProperties, key)];
	});
}

/** Ends of the range, now, and little numbers. */
function sampleInteger(
	{ minimum = -(2 ** 52), maximum = 2 ** 52 }: Schema,
	random: Random,
): number {
	const chosen = random.pick([minimum, maximum, 0, 1, 1_000, Date.now()]);
	return Math.min(Math.max(chosen, minimum), maximum);
}
