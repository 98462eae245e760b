import type { Fault } from "../fault.ts";

const OUTAGE_MS = 10_000;

/** Temporal is killed and comes back on the same data. */
export const temporalKilled: Fault = {
	number: 4,
	name: "temporal-killed",
	title: "Temporal killed, started again on the same data",
	// What a workflow task had done when its answer was lost is done again.
	terms: { repeats: true, reexecution: false },
	flowMs: 8_000,
	shortSeconds: 12,
	outageMs: OUTAGE_MS,
	async inject({ world: { stack }, outage }) {
		await stack.stopServer("temporal", "SIGKILL");
		await outage(OUTAGE_MS);
		await stack.startServer("temporal");
	},
};
