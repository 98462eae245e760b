import { CancellationScope, isCancellation, sleep } from "@temporalio/workflow";

/**
 * At most one durable timer. It may ring early, never late: it is set again only when something is due
 * earlier, because every timer is history (protocol.md, "Time").
 */
export interface ArmedTimer {
	/** Makes sure it rings at `dueAtMs` (Unix epoch) or before. */
	arm(dueAtMs: number): void;
}

export function createArmedTimer(ring: () => void): ArmedTimer {
	let armed: { dueAtMs: number; scope: CancellationScope } | undefined;

	return {
		arm(dueAtMs) {
			if (armed !== undefined && armed.dueAtMs <= dueAtMs) return;
			armed?.scope.cancel();
			const scope = new CancellationScope({ cancellable: true });
			const own = { dueAtMs, scope };
			armed = own;
			scope
				.run(() => sleep(Math.max(1, dueAtMs - Date.now())))
				.then(() => {
					if (armed === own) armed = undefined;
					ring();
				})
				.catch((error: unknown) => {
					if (!isCancellation(error)) throw error;
				});
		},
	};
}
