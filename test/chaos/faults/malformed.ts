import type { Fault } from "../fault.ts";
import { publish } from "../flow.ts";
import { malformMessage } from "../malform-message.ts";

const COUNT = 10_000;
const SHORT_COUNT = 300;
const BATCH = 50;

/** Thousands of messages that are no decisions, or nearly one, between good ones. */
export const malformed: Fault = {
	number: 8,
	name: "malformed",
	title: "10,000 malformed messages between good ones",
	terms: { repeats: false, reexecution: false },
	flowMs: 8_000,
	shortSeconds: 15,
	outageMs: 20_000,
	async inject({ world, random, name, isShort }) {
		const count = isShort ? SHORT_COUNT : COUNT;
		for (let at = 0; at < count; at += BATCH) {
			const messages = Array.from(
				{ length: Math.min(BATCH, count - at) },
				(_, index) => malformMessage(name, at + index, random),
			);
			await publish(world, messages);
		}
	},
};
