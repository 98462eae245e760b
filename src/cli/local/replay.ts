import { Client, Connection } from "@temporalio/client";
import { connectionOptions } from "../../temporal/connection-options.ts";
import {
	type History,
	parseHistory,
	replayHistory,
} from "../../temporal/replay-history.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { readInput } from "../read-input.ts";
import type { ReplayReport } from "../render/replay.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect } from "./load-direct.ts";

export interface ReplaySource {
	file?: string;
	runId?: string;
}

/** Fetches a history from Temporal, or reads it from a file, and replays it against today's code. */
export async function replayHere(
	{ io, progress }: CommandContext,
	workflowId: string,
	source: ReplaySource,
): Promise<ReplayReport> {
	progress.say(`reading the history of ${workflowId}`);
	const history =
		source.file === undefined
			? await fetchHistory(io, workflowId, source.runId)
			: await readHistory(io, source.file);
	progress.say("replaying it against today's workflow code");
	const { events, nondeterminism } = await replayHistory(workflowId, history);
	return {
		workflow_id: workflowId,
		source: source.file ?? "temporal",
		events,
		is_same: nondeterminism === undefined,
		departure: nondeterminism ?? null,
	};
}

async function readHistory(io: CliIo, file: string): Promise<History> {
	const text = await readInput(file, io);
	try {
		return parseHistory(text);
	} catch (cause) {
		const why = cause instanceof Error ? cause.message : String(cause);
		throw new CliError("usage", `${file} is no history: ${why}`, {
			remedy:
				"export one as JSON: the web UI's download, or temporal workflow show --output json",
			cause,
		});
	}
}

async function fetchHistory(
	io: CliIo,
	workflowId: string,
	runId: string | undefined,
): Promise<History> {
	const { temporal } = loadDirect(io);
	const connection = Connection.lazy(connectionOptions(temporal));
	const { namespace } = temporal;
	try {
		const client = new Client({ connection, namespace });
		const handle = client.workflow.getHandle(workflowId, runId);
		return (await handle.fetchHistory()) as History;
	} catch (cause) {
		throw explain(cause, workflowId, temporal);
	} finally {
		await connection.close();
	}
}

function explain(
	cause: unknown,
	workflowId: string,
	{ address, namespace }: { address: string; namespace: string },
): CliError {
	const { name, message } = cause as Error;
	// The id may be one that Temporal's grammar does not know: a run id that is no UUID.
	if (/NotFound/.test(name) || /not found|invalid.*run ?id/i.test(message)) {
		return new CliError(
			"notFound",
			`Temporal has no workflow ${workflowId} in namespace ${namespace}`,
			{
				remedy:
					"a plan's workflow is orch-<plan-id>; `plans get` shows it. After its retention only an exported file is left: --file",
				cause,
			},
		);
	}
	return new CliError("unreachable", `Temporal at ${address}: ${message}`, {
		remedy:
			"check TEMPORAL_HOST and the TEMPORAL_ settings; `orchestrator doctor` looks closer",
		cause,
	});
}
