/**
 * What one run keeps of its local activities. It belongs to the run: modules are shared by all runs of a worker
 * (src/temporal/print-bundle.ts).
 */
export interface LocalTurns {
	/** Settles when the last of them has ended. */
	newest: Promise<unknown>;
	/** Length of the history at the start of the workflow task in which a command last decided something. */
	decidedAt: number | undefined;
	/** The workflow task that asked for the last of them: length of the history at its start, and its first request. */
	task: { historyLength: number; sinceMs: number } | undefined;
}

/** Of a run that has asked for none yet. */
export function newTurns(): LocalTurns {
	return { newest: Promise.resolve(), decidedAt: undefined, task: undefined };
}
