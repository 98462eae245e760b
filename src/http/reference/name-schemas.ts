/** Marks a schema with its name in the document. */
export const NAME_MARK = "x-schema-name";

const NAME = /^[A-Z][A-Za-z0-9]*$/;

/**
 * A copy of a route's schemas in which each that has a name of its own (`$id` or `title`, one word in
 * PascalCase) is marked with it: the names themselves do not outlive the making of the document.
 */
export function markNames<T>(value: T): T {
	if (Array.isArray(value)) return value.map(markNames) as T;
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value).map(([key, one]) => [
		key,
		key === "examples" || key === "default" ? one : markNames(one),
	]);
	const name = nameOf(value as Record<string, unknown>);
	if (name !== undefined) entries.push([NAME_MARK, name]);
	return Object.fromEntries(entries) as T;
}

function nameOf({ $id, title }: Record<string, unknown>): string | undefined {
	return [$id, title].find(
		(name): name is string => typeof name === "string" && NAME.test(name),
	);
}

/**
 * Moves marked schemas to `schemas`, by name, and leaves references. Throws when two different schemas
 * have one name.
 */
export function collectNamed(
	value: unknown,
	schemas: Record<string, unknown>,
): unknown {
	if (Array.isArray(value))
		return value.map((one) => collectNamed(one, schemas));
	if (typeof value !== "object" || value === null) return value;
	const { [NAME_MARK]: name, ...rest } = value as Record<string, unknown>;
	const copy = Object.fromEntries(
		Object.entries(rest).map(([key, one]) => [key, collectNamed(one, schemas)]),
	);
	if (typeof name !== "string") return copy;
	const known = schemas[name];
	if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) {
		throw new Error(`two schemas are called ${name}`);
	}
	schemas[name] = copy;
	return { $ref: `#/components/schemas/${name}` };
}
