/** Limits of a resource: for all callers together, and for one caller. */
export interface ShareLimits {
	max: number;
	maxPerCaller: number;
}

/** Why the resource was refused: all of it is in use, or the caller's own part is. */
export type ShareRefusal = "all" | "own";

/** A limited resource that callers share. */
export interface Shares {
	/** Takes an amount for the caller; when refused, takes nothing and returns the reason. */
	take(caller: string, amount?: number): ShareRefusal | undefined;
	/** Gives an amount back. */
	release(caller: string, amount?: number): void;
	/** The amount in use by all callers. */
	used(): number;
}

/** Counts the amounts in use; remembers only callers that use something. */
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
