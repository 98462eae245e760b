import { setTimeout as sleep } from "node:timers/promises";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import type { MixedPlan } from "./plan-mix.ts";
import { createRandom } from "./random.ts";
import { topics, type World } from "./world.ts";

/** A message for `plans.consensus`, by its own name. */
export interface ChaosMessage {
	subject: string;
	kind: "plan" | "malformed" | "mutant";
	key: string | null;
	value: Buffer;
}

const RETRY_MS = 200;

/** Resolves when the brokers have it, however long they are away. */
export async function publish(
	{ producer }: World,
	messages: readonly ChaosMessage[],
): Promise<void> {
	for (;;) {
		try {
			await producer.send(
				messages.map(({ subject, kind, key, value }) =>
					fromText({
						topic: topics.consensus.name,
						key,
						value,
						headers: { "chaos-subject": subject, "chaos-kind": kind },
					}),
				),
			);
			return;
		} catch {
			await sleep(RETRY_MS);
		}
	}
}

export function messageOf(plan: MixedPlan): ChaosMessage {
	return {
		subject: plan.planId,
		kind: "plan",
		key: plan.planId,
		value: Buffer.from(plan.message),
	};
}

/** A steady flow: one plan an interval, each `copies` times within the window. */
export async function publishSteadily(
	world: World,
	plans: readonly MixedPlan[],
	intervalMs: number,
	{ copies, windowMs }: { copies: number; windowMs: number },
): Promise<void> {
	const random = createRandom(plans.length);
	const startedAtMs = Date.now();
	const sending = plans.flatMap((plan, index) =>
		Array.from({ length: copies }, async () => {
			const shift = copies > 1 ? random.next() * windowMs : 0;
			const dueAtMs = startedAtMs + index * intervalMs + shift;
			await sleep(Math.max(0, dueAtMs - Date.now()));
			await publish(world, [messageOf(plan)]);
		}),
	);
	await Promise.all(sending);
}
