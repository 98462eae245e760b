import type { Fault } from "../fault.ts";

const WINDOW_MS = 1_000;
const DURATION_MS = 20_000;
const INPUT_TOPICS = "^execution\\.(results|tickets\\.dlq|results\\.retry)$";

/** Every record of every input topic is there twice, each copy somewhere within a second around the other. */
export const twiceAndShuffled: Fault = {
	number: 7,
	name: "twice-and-shuffled",
	title: "every input message twice, shuffled within a second",
	terms: { repeats: false, reexecution: true },
	flowMs: 4_000,
	shortSeconds: 13,
	outageMs: DURATION_MS,
	copies: 2,
	async inject({ world: { processes }, outage }) {
		const senders = [processes.agents, processes.intake];
		for (const sender of senders)
			sender.order({
				kind: "twice",
				topics: INPUT_TOPICS,
				windowMs: WINDOW_MS,
			});
		await outage(DURATION_MS);
	},
};
