import { createRandom } from "../seeded-random.ts";

/** Training takes no more tickets than this. */
const MOST_TRAINED = 100_000;

/** The newest share of them is kept as it is: what has changed of late would not show in a few of many. */
const NEWEST = 0.2;

export interface Sample<Item> {
	add(item: Item): void;
	/** How many were added. */
	readonly seen: number;
	/** At most `limit` of them, in the order they came: the newest, and of those before each with the same chance. */
	items(): Item[];
}

interface Placed<Item> {
	item: Item;
	place: number;
}

/** A sample of a stream that is never held as a whole (Algorithm R); the same stream gives the same sample. */
export function createSample<Item>(
	limit = MOST_TRAINED,
	seed = 1,
): Sample<Item> {
	const random = createRandom(seed);
	const newestLimit = Math.max(1, Math.floor(NEWEST * limit));
	const olderLimit = limit - newestLimit;
	const newest: Placed<Item>[] = [];
	const older: Placed<Item>[] = [];
	let seen = 0;
	function age(placed: Placed<Item>): void {
		if (older.length < olderLimit) older.push(placed);
		else {
			const slot = Math.floor(random() * (placed.place + 1));
			if (slot < olderLimit) older[slot] = placed;
		}
	}
	return {
		add(item) {
			const place = seen++;
			const slot = place % newestLimit;
			const [aged] = newest.splice(slot, 1, { item, place });
			if (aged !== undefined) age(aged);
		},
		get seen() {
			return seen;
		},
		items: () =>
			[...older, ...newest]
				.toSorted((one, other) => one.place - other.place)
				.map(({ item }) => item),
	};
}
