import assert from "node:assert/strict";
import type { Collection } from "mongodb";
import { indexes } from "../../src/storage/indexes.ts";
import type {
	Mongo,
	StoredDocument,
} from "../../src/storage/storage-context.ts";

type Fields = Record<string, unknown>;

/** One look into one collection, as MongoDB is asked for it. */
export interface Read {
	collection: string;
	filter: Fields;
	sort: Record<string, number>;
}

interface Stage {
	$match?: Fields;
	$sort?: Record<string, number>;
	$lookup?: {
		from: string;
		foreignField?: string;
		pipeline?: Stage[];
	};
	$facet?: Record<string, Stage[]>;
}

/** A MongoDB that remembers what it is asked and answers `answer` to everything. */
export function recordReads(answer: StoredDocument[] = []): {
	mongo: Mongo;
	/** Round trips. */
	trips: Read[][];
} {
	const trips: Read[][] = [];
	const target = (collection: string) => ({
		find(filter: Fields, { sort = {} }: { sort?: Read["sort"] } = {}) {
			trips.push([{ collection, filter, sort }]);
			return { toArray: async () => answer };
		},
		async findOne(filter: Fields, { sort = {} }: { sort?: Read["sort"] } = {}) {
			trips.push([{ collection, filter, sort }]);
			return answer[0] ?? null;
		},
		aggregate(pipeline: Stage[]) {
			trips.push(readsOf(collection, pipeline));
			return { toArray: async () => answer };
		},
	});
	const mongo: Mongo = {
		run: async ({ collection }, work) =>
			await work(target(collection) as unknown as Collection<StoredDocument>),
		ping: async () => undefined,
		noteCut: () => assert.fail("nothing is written"),
		indexed: Promise.resolve(),
		close: async () => undefined,
	};
	return { mongo, trips };
}

function readsOf(collection: string, pipeline: Stage[]): Read[] {
	const own: Read = { collection, filter: {}, sort: {} };
	const looked: Read[] = [];
	for (const { $match, $sort, $lookup } of pipeline) {
		// What was looked up before can be narrowed by no index.
		if (looked.length === 0 && $match !== undefined)
			Object.assign(own.filter, $match);
		if (looked.length === 0 && $sort !== undefined) own.sort = $sort;
		if ($lookup?.pipeline !== undefined)
			looked.push(...readsOf($lookup.from, $lookup.pipeline));
		else if ($lookup?.foreignField !== undefined)
			looked.push({
				collection: $lookup.from,
				filter: { [$lookup.foreignField]: "some value" },
				sort: {},
			});
	}
	return [own, ...looked];
}

/** Fails unless the read is one by `_id`, or rests on one declared index whose fields are all it needs. */
export function assertIndexed(read: Read): void {
	const keys = [
		{ _id: 1 },
		...(indexes[read.collection] ?? []).map(({ key }) => key as Fields),
	];
	assert.ok(
		keys.some((key) => covers(key, read)),
		`no declared index covers ${JSON.stringify(read)}`,
	);
}

/** Whether the index finds what is asked in its order, without a look at documents that are not wanted. */
export function covers(key: Fields, { filter, sort }: Read): boolean {
	const names = Object.keys(key);
	const equal = new Set<string>();
	const bounded = new Set<string>();
	for (const [name, value] of Object.entries(filter)) {
		if (name === "$or" || name === "$nor") {
			for (const one of value as Fields[])
				for (const field of Object.keys(one)) bounded.add(field);
		} else if (isEquality(value)) equal.add(name);
		else bounded.add(name);
	}
	if (![...equal, ...bounded].every((name) => names.includes(name)))
		return false;
	const prefix = names.findIndex((name) => !equal.has(name));
	const rest = prefix === -1 ? [] : names.slice(prefix);
	const wanted = Object.entries(sort).filter(([name]) => !equal.has(name));
	const turns = new Set(
		wanted.map(([name, direction]) => direction * Number(key[name])),
	);
	const isSorted =
		wanted.every(([name], place) => rest[place] === name) && turns.size <= 1;
	const first = names[0] as string;
	return isSorted && (prefix !== 0 || bounded.has(first));
}

function isEquality(value: unknown): boolean {
	return typeof value !== "object" || value === null;
}
