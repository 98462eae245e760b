/** What everybody, and what one caller, may have in use at once. */
export interface ShareLimits {
	max: number;
	maxPerCaller: number;
}

/** Why there is nothing left: all of it is in use, or all that this caller may have. */
export type ShareRefusal = "all" | "own";

/** Something that is bounded, in use by callers. */
export interface Shares {
	/** Takes so much for the caller; answers why not when it may not, and has taken nothing then. */
	take(caller: string, amount?: number): ShareRefusal | undefined;
	/** Gives back what was taken. */
	release(caller: string, amount?: number): void;
	/** In use now, by everybody. */
	used(): number;
}

/** Counts what is in use; remembers only callers that use something. */
export function createShares({ max, maxPerCaller }: ShareLimits): Shares {
	const own = new Map<string, number>();
	let all = 0;
	return {
		take(caller, amount = 1) {
			const mine = (own.get(caller) ?? 0) + amount;
			if (mine > maxPerCaller) return "own";
			if (all + amount > max) return "all";
			own.set(caller, mine);
			all += amount;
			return undefined;
		},
		release(caller, amount = 1) {
			const mine = (own.get(caller) ?? 0) - amount;
			if (mine > 0) own.set(caller, mine);
			else own.delete(caller);
			all -= amount;
		},
		used: () => all,
	};
}
