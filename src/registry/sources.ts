import type { Author } from "../domain/author.ts";
import type { Log } from "../log.ts";
import type { PauseSubject, Pauses } from "./pauses.ts";
import type { AgentRegistry, WorkerSources } from "./ports.ts";
import type { OpenWorkerView } from "./worker-view.ts";

/** Implements the port of the routes of workers; what people hold back is logged. */
export function workerSources({
	registry,
	workers,
	pauses,
	log,
	readTraces,
}: {
	registry: Pick<AgentRegistry, "get">;
	workers: Pick<OpenWorkerView, "read">;
	pauses: Pauses;
	log: Log;
	readTraces: WorkerSources["readTraces"];
}): WorkerSources {
	const tell = (subject: PauseSubject, by: Author, what: string) =>
		log.info({ ...subject, ...by }, what);
	return {
		readTraces,
		readView: () => workers.read(),
		readAgent: (agentId) => registry.get(agentId),
		pauses: {
			read: () => pauses.read(),
			async pause(subject, by) {
				const pause = await pauses.pause(subject, by);
				tell(subject, by, "held back");
				return pause;
			},
			async resume(subject, by, overMs) {
				const pause = await pauses.resume(subject, by, overMs);
				tell(subject, by, "resumed");
				return pause;
			},
		},
	};
}
