import { createRandom } from "../seeded-random.ts";

/** Training takes no more tickets than this. */
const MOST_TRAINED = 100_000;

export interface Sample<Item> {
	add(item: Item): void;
	/** How many were added. */
	readonly seen: number;
	/** At most `limit` of them, each with the same chance, in the order they came. */
	items(): Item[];
}

/** A fair sample of a stream that is never held as a whole (Algorithm R); the same stream gives the same sample. */
export function createSample<Item>(
	limit = MOST_TRAINED,
	seed = 1,
): Sample<Item> {
	const random = createRandom(seed);
	const kept: { item: Item; place: number }[] = [];
	let seen = 0;
	return {
		add(item) {
			const place = seen++;
			if (kept.length < limit) kept.push({ item, place });
			else {
				const slot = Math.floor(random() * seen);
				if (slot < limit) kept[slot] = { item, place };
			}
		},
		get seen() {
			return seen;
		},
		items: () =>
			kept
				.toSorted((one, other) => one.place - other.place)
				.map(({ item }) => item),
	};
}
