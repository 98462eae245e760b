import path from "node:path";
import { createRoleProcess, type RoleProcess } from "./role-process.ts";

/** The processes of the system, a role each, so that each can be taken away alone. */
export interface Processes {
	readonly workers: readonly RoleProcess[];
	readonly intake: RoleProcess;
	readonly api: RoleProcess;
	readonly registry: RoleProcess;
	readonly agents: RoleProcess;
	readonly all: readonly RoleProcess[];
	readonly apiUrl: string;
	readonly intakeUrl: string;
	/** Where the code lies that is started from now on. */
	root: string;
	/** Settings of what is started from now on, beside its own. */
	moreEnv: Readonly<Record<string, string>>;
	start(process: RoleProcess): Promise<void>;
	startAll(): Promise<void>;
	stopAll(): Promise<void>;
}

export interface ProcessesOptions {
	/** Addresses of the servers. */
	env: Readonly<Record<string, string>>;
	/** Two workers, intake, api, registry, and its gRPC. */
	ports: readonly number[];
	logDirectory: string;
	namedAgents: boolean;
	/** Longer than every outage after which a plan is found again. */
	retryMaxAgeMs: number;
	onTrouble(what: string): void;
}

export const sourceRoot = path.join(import.meta.dirname, "..", "..");

/** Short where a plan waits for nothing else; attempts of ordinary tasks outlive every outage by their estimates. */
const settings = {
	LOG_LEVEL: "info",
	HTTP_RATE_LIMIT: "0",
	TICKET_MAX_ATTEMPTS: "2",
	TICKET_RETRY_BACKOFF_MS: "300",
	TICKET_QUEUE_ALLOWANCE_MS: "0",
	TICKET_WORKER_BACKOFF_MS: "0",
	// A training takes memory that no fault has taken.
	ML_RETRAINING_TRIGGERS_ENABLED: "false",
	SLA_TICKET_MIN_TIMEOUT_MS: "1000",
	SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER: "1",
	RESULT_RETRY_DELAY_MS: "1000",
	TELEMETRY_DRAIN_INTERVAL_MS: "2000",
	SHUTDOWN_GRACE_MS: "10000",
};

export function createProcesses(options: ProcessesOptions): Processes {
	const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] =
		options.ports;
	const apiUrl = `http://127.0.0.1:${fourth}`;
	const common = {
		...inherited(),
		...options.env,
		...settings,
		API_URL: apiUrl,
		SERVICE_REGISTRY_HOST: "127.0.0.1",
		SERVICE_REGISTRY_PORT: String(sixth),
		RESULT_RETRY_MAX_AGE_MS: String(options.retryMaxAgeMs),
	};
	const open = (
		name: string,
		args: readonly string[],
		env: Record<string, string>,
		isReady: () => Promise<boolean>,
	) =>
		createRoleProcess({
			name,
			args,
			env: { ...common, ...env },
			logDirectory: options.logDirectory,
			onTrouble: options.onTrouble,
			isReady,
		});
	const service = (name: string, role: string, port: number) =>
		open(
			name,
			["src/main.ts"],
			{ ROLES: role, HTTP_PORT: String(port) },
			async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok,
		);
	const workers = [
		service("worker-1", "worker", first),
		service("worker-2", "worker", second),
	];
	const intake = service("intake", "intake", third);
	const api = service("api", "api", fourth);
	const registry = service("registry", "registry", fifth);
	// They join their group when they can, and tell nobody.
	const agents = open(
		"agents",
		[
			"stack/agents/main.ts",
			// Enough that no plan waits for another one's tickets, however many those are.
			...["--concurrency", "100"],
			...(options.namedAgents ? ["--id-prefix", "agent"] : []),
		],
		{},
		async () => true,
	);
	const all = [...workers, intake, api, registry, agents];
	const processes: Processes = {
		workers,
		intake,
		api,
		registry,
		agents,
		all,
		apiUrl,
		intakeUrl: `http://127.0.0.1:${third}`,
		root: sourceRoot,
		moreEnv: {},
		start: (process) => process.start(processes.root, processes.moreEnv),
		async startAll() {
			await Promise.all(all.map((one) => one.start(processes.root)));
		},
		async stopAll() {
			await Promise.all(all.map((one) => one.stop()));
		},
	};
	return processes;
}

/** What any program needs of our own environment; addresses are those of the stack alone. */
function inherited(): Record<string, string> {
	const own = ["PATH", "HOME", "TMPDIR", "LANG"].flatMap((name) => {
		const value = process.env[name];
		return value === undefined ? [] : [[name, value]];
	});
	return { ...Object.fromEntries(own), ENV_FILE: "none" };
}
