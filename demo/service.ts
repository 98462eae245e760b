import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { endOrphans } from "../stack/end-orphans.ts";
import { findFreePorts } from "../stack/free-ports.ts";
import { spawnServer } from "../stack/server-process.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { createDemoApi } from "./api.ts";

/** The service as a process of its own, as an operator would run it. */
export interface Service {
	readonly address: string;
	readonly logFile: string;
	readonly readyMs: number;
	/** Resolves when the process has ended, with a phrase that says how. */
	readonly exited: Promise<string>;
	/** Fires when the process has ended, with the log's tail as reason. */
	readonly ended: AbortSignal;
	stop(): Promise<void>;
	/** SIGKILL. */
	kill(): void;
}

export interface ServiceOptions {
	directory: string;
	/** Beside the process's own environment: addresses and settings. */
	env: Readonly<Record<string, string>>;
	/** Where its source code is; default: this repository. */
	root?: string;
	/** Default: a free one. */
	port?: number;
	/** Told what is done about a service that an earlier run left behind. */
	report?: (line: string) => void;
	signal: AbortSignal;
}

const ownRoot = path.join(import.meta.dirname, "..");
const READY_TIMEOUT_MS = 150_000;
const STOP_GRACE_MS = 20_000;

/** Where a service started in this directory writes; a start appends. */
export function serviceLogFile(directory: string): string {
	return path.join(directory, "logs", "service.log");
}

/** Starts `src/main.ts` and resolves once `/ready` says that everything works; rejects with the log's tail. */
export async function startService({
	directory,
	env,
	root = ownRoot,
	port: wantedPort,
	report = () => {},
	signal,
}: ServiceOptions): Promise<Service> {
	const startedAtMs = Date.now();
	const logFile = serviceLogFile(directory);
	const record = path.join(directory, "service.json");
	await endLeftOver(record, report);
	mkdirSync(path.dirname(logFile), { recursive: true });
	const port = wantedPort ?? (await findFreePorts(1))[0];
	const child = spawnServer(
		{
			program: process.execPath,
			args: [path.join(root, "src", "main.ts")],
			// A .env file is for the service as people run it.
			env: {
				...process.env,
				ENV_FILE: "none",
				...env,
				HTTP_PORT: String(port),
			},
		},
		logFile,
	);
	writeFileSync(record, JSON.stringify(child.identity ?? null));

	const stop = async () => {
		await child.end(STOP_GRACE_MS);
		rmSync(record, { force: true });
	};
	const address = `http://127.0.0.1:${port}`;
	const api = createDemoApi(address);
	const ended = new AbortController();
	void child.exited.then((how) =>
		ended.abort(new Error(`the service ended (${how}):\n${tail(logFile)}`)),
	);
	try {
		await waitUntil(() => api.isReady(), {
			timeoutMs: READY_TIMEOUT_MS,
			what: `service at ${address}, log in ${logFile}`,
			signal: AbortSignal.any([signal, ended.signal]),
		});
	} catch (error) {
		await stop();
		throw error;
	}
	const readyMs = Date.now() - startedAtMs;
	const { exited, kill } = child;
	return {
		address,
		logFile,
		readyMs,
		exited,
		ended: ended.signal,
		stop,
		kill: () => kill("SIGKILL"),
	};
}

/** A demo that was killed leaves its service behind. */
async function endLeftOver(
	record: string,
	report: (line: string) => void,
): Promise<void> {
	try {
		const service = JSON.parse(readFileSync(record, "utf8"));
		await endOrphans(service === null ? {} : { service }, report);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
}

const TAIL_LINES = 10;

function tail(logFile: string): string {
	const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
	return lines.slice(-TAIL_LINES).join("\n");
}
