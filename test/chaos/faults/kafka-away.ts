import type { Fault } from "../fault.ts";

const OUTAGE_MS = 30_000;

/** Kafka is stopped for half a minute, then killed. */
export const kafkaAway: Fault = {
	number: 3,
	name: "kafka-away",
	title: "Kafka stopped for 30 s, then killed",
	// A producer whose broker died cannot know whether its last request was taken.
	terms: { repeats: true, reexecution: true },
	flowMs: 12_000,
	shortSeconds: 30,
	outageMs: OUTAGE_MS,
	async inject({ world: { stack }, outage }) {
		await stack.stopServer("kafka");
		await outage(OUTAGE_MS);
		await stack.startServer("kafka");
		await outage(0);
		await stack.stopServer("kafka", "SIGKILL");
		await stack.startServer("kafka");
	},
};
