/** Numbers that are the same for the same seed. */
export interface Random {
	/** 0 to below 1. */
	next(): number;
	/** A whole number, both ends included. */
	between(min: number, max: number): number;
	pick<T>(choices: readonly T[]): T;
}

/** Mulberry32: small, and good enough to mix plans. */
export function createRandom(seed: number): Random {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const between = (min: number, max: number) =>
		min + Math.floor(next() * (max - min + 1));
	return {
		next,
		between,
		pick: <T>(choices: readonly T[]) =>
			choices[between(0, choices.length - 1)] as T,
	};
}
