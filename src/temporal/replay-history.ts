import { historyFromJSON } from "@temporalio/common/lib/proto-utils.js";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { bundleWorkflows } from "./bundle-workflows.ts";
import { dataConverter } from "./payload-codec.ts";
import {
	type Nondeterminism,
	readNondeterminism,
} from "./read-nondeterminism.ts";

export type History = ReturnType<typeof historyFromJSON>;

export interface Replay {
	events: number;
	/** The first difference between today's code and the record; undefined when there is none. */
	nondeterminism: Nondeterminism | undefined;
}

/** A history in JSON, as Temporal's web UI and command line export it. Throws when the text is no history. */
export function parseHistory(text: string): History {
	const history = historyFromJSON(JSON.parse(text));
	if (!history.events?.length) throw new Error("it has no events");
	return history;
}

/** Runs today's workflow code against histories, one after the other; `error` names the first difference. */
export async function runReplays(
	histories: { workflowId: string; history: unknown }[],
): Promise<ReturnType<typeof Worker.runReplayHistories>> {
	return Worker.runReplayHistories(
		{
			workflowBundle: await bundleWorkflows(),
			dataConverter,
		},
		histories,
	);
}

/**
 * Runs today's workflow code against a recorded history; about two seconds of work. No activity is
 * executed, nothing is written anywhere. Once a process: the SDK's runtime is silenced.
 */
export async function replayHistory(
	workflowId: string,
	history: History,
): Promise<Replay> {
	const nobody = new DefaultLogger("ERROR", () => undefined);
	Runtime.install({
		logger: nobody,
		telemetryOptions: { logging: { forward: {}, filter: "OFF" } },
	});
	const results = await runReplays([{ workflowId, history }]);
	const events = history.events ?? [];
	for await (const { error } of results) {
		if (error === undefined) continue;
		return {
			events: events.length,
			nondeterminism: readNondeterminism(error.message, events),
		};
	}
	return { events: events.length, nondeterminism: undefined };
}
