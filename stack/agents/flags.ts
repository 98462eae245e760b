import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { AgentsOptions } from "./agents-options.ts";
import type { AgentSettings } from "./settings.ts";

export const usage = `Worker agents for local use.

node stack/agents/main.ts [options]
  --agents N            agents in this process (4)
  --concurrency N       executions of one agent at the same time (10)
  --duration MIN-MAX    range of an execution's duration in ms (50-250)
  --failure-rate R      share of executions that fail, 0 to 1 (0)
  --crash-rate R        chance that an agent crashes on a ticket, 0 to 1 (0)
  --retries N|sla       executions inside an attempt beyond the first (0)
  --no-running          do not say RUNNING when an execution begins
  --api URL             where tickets are asked for (API_URL, else http://127.0.0.1:8080)
  --group ID            consumer group (worker-agents)
  --id-prefix TEXT      agents are TEXT-1, TEXT-2 ... (random)

Addresses come from KAFKA_BOOTSTRAP_SERVERS, REDIS_CLUSTER_NODES, REDIS_PASSWORD,
KAFKA_SCHEMA_REGISTRY_URL, KAFKA_TOPIC_PREFIX and KAFKA_TICKETS_TOPIC. Agents register with the worker
registry at SERVICE_REGISTRY_HOST and SERVICE_REGISTRY_PORT (SERVICE_REGISTRY_TOKEN), without it in Redis.

Parameters of a ticket decide before these options:
  simulate = fail | silent | dead-letter | twice | late
  simulate_attempts = N         simulate only in the first N attempts
  simulate_fail_attempts = N    fail the first N attempts
  simulate_duration_ms, simulate_late_ms`;

const options = {
	agents: { type: "string", default: "4" },
	concurrency: { type: "string", default: "10" },
	duration: { type: "string", default: "50-250" },
	"failure-rate": { type: "string", default: "0" },
	"crash-rate": { type: "string", default: "0" },
	retries: { type: "string", default: "0" },
	"no-running": { type: "boolean", default: false },
	api: { type: "string" },
	group: { type: "string" },
	"id-prefix": { type: "string" },
	help: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

export type FlagsReading =
	| { kind: "help" }
	| { kind: "problems"; problems: string[] }
	| { kind: "options"; options: AgentsOptions };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line and the addresses in the environment; tells every problem at once. */
export function readFlags(
	args: readonly string[],
	env: Environment,
): FlagsReading {
	let flags: ReturnType<typeof parse>;
	try {
		flags = parse(args);
	} catch (error) {
		return { kind: "problems", problems: [(error as Error).message] };
	}
	if (flags.help) return { kind: "help" };
	const problems: string[] = [];
	const read = (name: string, text: string, pattern: RegExp, rule: string) => {
		if (!pattern.test(text)) problems.push(`${name} is "${text}"; ${rule}`);
		return Number(text);
	};
	const count = (name: string, text: string) =>
		read(name, text, /^[1-9]\d{0,5}$/, "it must be a whole number above 0");
	const ratio = (name: string, text: string) =>
		read(name, text, /^(0(\.\d+)?|1(\.0+)?)$/, "it must be from 0 to 1");

	read("--duration", flags.duration, /^\d+(-\d+)?$/, "write it as 50-250");
	read("--retries", flags.retries, /^(\d+|sla)$/, "it must be a number or sla");
	const [min = 0, max = min] = flags.duration.split("-").map(Number);
	const settings: Partial<AgentSettings> = {
		concurrency: count("--concurrency", flags.concurrency),
		durationMs: { min, max },
		failureRatio: ratio("--failure-rate", flags["failure-rate"]),
		crashRatio: ratio("--crash-rate", flags["crash-rate"]),
		retries: flags.retries === "sla" ? "sla" : Number(flags.retries),
		reportRunning: !flags["no-running"],
	};
	const agents = count("--agents", flags.agents);
	if (problems.length > 0) return { kind: "problems", problems };
	return {
		kind: "options",
		options: {
			...readAddresses(env),
			...(flags.api && { apiUrl: flags.api }),
			...(flags.group && { groupId: flags.group }),
			...(flags["id-prefix"] && { idPrefix: flags["id-prefix"] }),
			agents,
			settings,
		},
	};
}

function parse(args: readonly string[]) {
	return parseArgs({ args: [...args], options }).values;
}

/** Where everything is, by the service's own variables. */
export function readAddresses(
	env: Environment,
): Pick<AgentsOptions, "brokers" | "apiUrl"> & Partial<AgentsOptions> {
	const prefix = env.KAFKA_TOPIC_PREFIX;
	const tickets = env.KAFKA_TICKETS_TOPIC;
	return {
		brokers: (env.KAFKA_BOOTSTRAP_SERVERS ?? "127.0.0.1:9092").split(","),
		apiUrl: env.API_URL ?? "http://127.0.0.1:8080",
		topicNames: { ...(prefix && { prefix }), ...(tickets && { tickets }) },
		...(env.REDIS_CLUSTER_NODES && {
			redisNodes: env.REDIS_CLUSTER_NODES.split(","),
		}),
		...(env.REDIS_PASSWORD && { redisPassword: env.REDIS_PASSWORD }),
		...(env.SERVICE_REGISTRY_HOST && {
			registryAddress: `${env.SERVICE_REGISTRY_HOST}:${env.SERVICE_REGISTRY_PORT ?? "50051"}`,
		}),
		...(env.SERVICE_REGISTRY_TOKEN && {
			registryToken: env.SERVICE_REGISTRY_TOKEN,
		}),
		...(env.KAFKA_SCHEMA_REGISTRY_URL && {
			registryUrl: env.KAFKA_SCHEMA_REGISTRY_URL,
		}),
	};
}
