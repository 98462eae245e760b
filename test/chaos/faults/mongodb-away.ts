import type { Fault } from "../fault.ts";

const OUTAGE_MS = 60_000;

/** MongoDB is away for so long that whole plans begin and end meanwhile. */
export const mongodbAway: Fault = {
	number: 5,
	name: "mongodb-away",
	title: "MongoDB away for 60 s, spanning whole plans",
	terms: { repeats: false, reexecution: false },
	flowMs: 6_000,
	shortSeconds: 12,
	outageMs: OUTAGE_MS,
	async inject({ world: { stack }, outage }) {
		await stack.stopServer("mongodb");
		await outage(OUTAGE_MS);
		await stack.startServer("mongodb");
	},
};
