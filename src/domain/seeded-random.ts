/** Numbers from 0 to below 1 (mulberry32): small, and the same everywhere for the same seed. */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** How many normal numbers are kept: a prime, so that every step leads through all of them. */
const NORMALS = 16_381;
const normals = ((random) =>
	Float64Array.from({ length: NORMALS }, () => gaussian(random)))(
	createRandom(1),
);

/**
 * Normal numbers of spread 1, a tenth as dear as `gaussian`: drawn once, and read in another order for each seed.
 * They repeat after 16,381.
 */
export function createNormals(seed: number): () => number {
	const step = 1 + (Math.floor(seed / NORMALS) % (NORMALS - 1));
	let at = seed % NORMALS;
	return () => {
		at += step;
		if (at >= NORMALS) at -= NORMALS;
		return normals[at] as number;
	};
}

/** A normal number of spread 1 (Box and Muller). */
export function gaussian(random: () => number): number {
	return (
		Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
	);
}
