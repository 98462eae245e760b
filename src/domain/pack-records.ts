/**
 * Records that are much alike, written by columns: what all have in common stands once, times as steps
 * from one to the next, words by their place in a list. A tenth of their JSON; plain JSON again.
 */
export type PackedColumn =
	/** All are this scalar. */
	| readonly ["same", unknown]
	/** A digit each: 0 is there, 1 is null, 2 is absent; then those that are there. */
	| readonly ["gaps", string, PackedColumn]
	/** How long each list is; then the items of all. */
	| readonly ["lists", PackedColumn, PackedColumn]
	| readonly ["records", Record<string, PackedColumn>]
	/** Integers, joined by commas; `steps`: each but the first less the one before. */
	| readonly ["numbers" | "steps", string]
	/** Different texts, and which of them each is. */
	| readonly ["words", readonly unknown[], PackedColumn]
	| readonly ["values", readonly unknown[]];

/** Records with more different keys in all are no records but maps. */
const MAX_KEYS = 50;

/** Writes values of plain JSON by columns. */
export function packValues(values: readonly unknown[]): PackedColumn {
	const [first] = values;
	if (!isContainer(first) && values.every((value) => value === first))
		return ["same", first ?? null];
	if (values.some((value) => value === null || value === undefined))
		return [
			"gaps",
			values.map(gapOf).join(""),
			packValues(values.filter((value) => gapOf(value) === "0")),
		];
	if (values.every(Array.isArray))
		return [
			"lists",
			packValues(values.map(({ length }) => length)),
			packValues(values.flat(1)),
		];
	if (values.every(isRecord)) return packRecords(values);
	if (values.every((value) => Number.isSafeInteger(value)))
		return packIntegers(values as number[]);
	return packWords(values);
}

function gapOf(value: unknown): "0" | "1" | "2" {
	if (value === undefined) return "2";
	return value === null ? "1" : "0";
}

function isContainer(value: unknown): boolean {
	return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return isContainer(value) && !Array.isArray(value);
}

function packRecords(records: readonly Record<string, unknown>[]) {
	const keys = new Set(records.flatMap((record) => Object.keys(record)));
	if (keys.size > MAX_KEYS) return ["values", records] as const;
	const columns = [...keys].map((key) => [
		key,
		packValues(records.map((record) => own(record, key))),
	]);
	return ["records", Object.fromEntries(columns)] as const;
}

function own(record: Record<string, unknown>, key: string): unknown {
	return Object.hasOwn(record, key) ? record[key] : undefined;
}

function packIntegers(numbers: readonly number[]): PackedColumn {
	const plain = numbers.join();
	const steps = numbers.map((number, at) => number - (numbers[at - 1] ?? 0));
	const stepped = steps.join();
	// Between two far apart lies a step that no number holds exactly.
	return steps.every(Number.isSafeInteger) && stepped.length < plain.length
		? ["steps", stepped]
		: ["numbers", plain];
}

function packWords(values: readonly unknown[]): PackedColumn {
	const words = [...new Set(values)];
	if (values.some(isContainer) || words.length > values.length / 2)
		return ["values", values];
	const places = new Map(words.map((word, place) => [word, place]));
	return ["words", words, packValues(values.map((value) => places.get(value)))];
}

/** The values that were written, as many as there were. */
export function unpackValues(column: PackedColumn, count: number): unknown[] {
	switch (column[0]) {
		case "same":
			return new Array(count).fill(column[1]);
		case "gaps":
			return fillGaps(column[1], column[2]);
		case "lists":
			return unpackLists(column[1], column[2], count);
		case "records":
			return unpackRecords(column[1], count);
		case "numbers":
			return column[1].split(",").map(Number);
		case "steps":
			return addSteps(column[1].split(",").map(Number));
		case "words":
			return unpackValues(column[2], count).map(
				(place) => column[1][place as number],
			);
		case "values":
			return [...column[1]];
	}
}

function fillGaps(gaps: string, column: PackedColumn): unknown[] {
	const kinds = [...gaps];
	const there = kinds.filter((kind) => kind === "0").length;
	const values = unpackValues(column, there).values();
	return kinds.map((kind) => {
		if (kind === "0") return values.next().value;
		return kind === "1" ? null : undefined;
	});
}

function unpackLists(
	lengths: PackedColumn,
	items: PackedColumn,
	count: number,
): unknown[][] {
	const sizes = unpackValues(lengths, count) as number[];
	const all = unpackValues(
		items,
		sizes.reduce((sum, size) => sum + size, 0),
	);
	let from = 0;
	return sizes.map((size) => {
		from += size;
		return all.slice(from - size, from);
	});
}

function unpackRecords(
	columns: Record<string, PackedColumn>,
	count: number,
): unknown[] {
	const read = Object.entries(columns).map(
		([key, column]) => [key, unpackValues(column, count)] as const,
	);
	return Array.from({ length: count }, (_, at) =>
		Object.fromEntries(
			read.flatMap(([key, values]) =>
				values[at] === undefined ? [] : [[key, values[at]]],
			),
		),
	);
}

function addSteps(steps: readonly number[]): number[] {
	let sum = 0;
	return steps.map((step) => {
		sum += step;
		return sum;
	});
}
