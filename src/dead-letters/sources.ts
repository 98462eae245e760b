import type { Parts } from "../wiring/parts.ts";
import type { DeadLetterSources } from "./ports.ts";
import { createRedriveClient } from "./redrive-client.ts";
import { createDeadLetterSteps } from "./settle.ts";
import { createDeadLetterStore } from "./store.ts";

/** Implements the ports of the dead letter routes; discarding is counted and logged. */
export function deadLetterSources({
	mongo,
	temporal,
	config,
	codec,
	redact,
	metrics,
	log,
}: Pick<
	Parts,
	"mongo" | "temporal" | "config" | "codec" | "redact" | "metrics" | "log"
>): DeadLetterSources {
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	return {
		stored: {
			list: letters.list,
			read: letters.read,
			async discard(id, by) {
				const isDone = await steps.discard(id, by);
				if (isDone) {
					const topic = id.split(":")[0] ?? "";
					metrics.deadLettersSettled.inc({ topic, action: "discarded" });
					log.info({ id, ...by }, "dead letter discarded");
				}
				return isDone;
			},
		},
		redrives: createRedriveClient({
			client: () => temporal,
			taskQueue: config.temporal.taskQueue,
		}),
		decode: codec.decode,
		redact,
	};
}
