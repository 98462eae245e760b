import type { WorkerView } from "../plans/worker-directory.ts";

/** Heartbeats change the view all the time; what is made of it may be so old. */
const MAX_AGE_MS = 1_000;

/** Makes something of the view of the workers: at most once a second, and not at all while it is the same. */
export function perView<T>(
	make: (workers: WorkerView["workers"]) => T,
	maxAgeMs = MAX_AGE_MS,
): (view: WorkerView) => T {
	let made: { from: WorkerView["workers"]; atMs: number; value: T } | undefined;
	return ({ workers }) => {
		const now = performance.now();
		if (
			made !== undefined &&
			(made.from === workers || now - made.atMs < maxAgeMs)
		)
			return made.value;
		made = { from: workers, atMs: now, value: make(workers) };
		return made.value;
	};
}
