import { setTimeout as sleep } from "node:timers/promises";

/** A wait that can be cut short. */
export interface Pause {
	/** Resolves after `durationMs`, or when `wake` is called; rejects when the signal fires. */
	wait(durationMs: number, signal: AbortSignal): Promise<"elapsed" | "woken">;
	wake(): void;
}

/** Waits that `wake` ends early; a `wake` between two waits ends the next one at once. */
export function createPause(): Pause {
	let woken = Promise.withResolvers<"woken">();
	return {
		async wait(durationMs, signal) {
			const timer = new AbortController();
			const cut = AbortSignal.any([signal, timer.signal]);
			const elapsed = sleep(durationMs, "elapsed" as const, {
				signal: cut,
			}).catch(() => "elapsed" as const);
			const end = await Promise.race([elapsed, woken.promise]);
			timer.abort();
			woken = Promise.withResolvers();
			signal.throwIfAborted();
			return end;
		},
		wake: () => woken.resolve("woken"),
	};
}
