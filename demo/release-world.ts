import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lifecycle } from "../src/lifecycle.ts";
import { toDecisionMessage } from "../src/messaging/decision-message.ts";
import { createProducer } from "../src/messaging/producer.ts";
import { createTopicTable } from "../src/messaging/topics.ts";
import { readAddresses } from "../stack/agents/flags.ts";
import { startAgents } from "../stack/agents/start-agents.ts";
import { type BuildKind, buildKinds } from "./builds.ts";
import { copyBuild } from "./copy-build.ts";
import { buildDecision, buildPlan } from "./decisions.ts";
import { createReleaseApi, type ReleaseApi } from "./release-api.ts";
import { type Service, type ServiceOptions, startService } from "./service.ts";
import { chain } from "./shapes.ts";

export const BASE_BUILD = "1.0.0";

export interface ReleaseWorldOptions {
	/** Everything that is started is registered here; the caller stops it. */
	lifecycle: Lifecycle;
	/** Of all processes' logs and of the builds' sources. */
	directory: string;
	/** Addresses of the servers. */
	servers: Readonly<Record<string, string>>;
	report(line: string): void;
	signal: AbortSignal;
}

/** A service in operation with traffic, and all that a release of it takes. */
export interface ReleaseWorld {
	deployment: string;
	api: ReleaseApi;
	/** Ids of all plans that were handed in. */
	planIds: string[];
	/** Settings of what is started from now on. */
	env: Record<string, string>;
	/** Starts a process of a new build, its worker unless told otherwise; answers it. */
	startBuild(
		build: string,
		kind: BuildKind,
		own?: { roles: string; port?: number },
	): Promise<Service>;
	/** Kills the controller's process, and starts another. */
	restartController(): Promise<void>;
	/** Hands in so many plans a second, of which a share (0 to 1) fails whatever build it has, until it is called again. */
	traffic(plansPerSecond: number, failingRatio?: number): void;
}

/** Small times, so that a release takes seconds. */
const settings = {
	ENVIRONMENT: "demo",
	LOG_LEVEL: "info",
	HTTP_RATE_LIMIT: "0",
	ORCHESTRATION_V2_ENABLED: "true",
	ORCHESTRATION_V2_PERCENTAGE: "100",
	TICKET_MAX_ATTEMPTS: "1",
	TICKET_RETRY_BACKOFF_MS: "100",
	SLA_TICKET_MIN_TIMEOUT_MS: "20000",
	RESULT_RETRY_DELAY_MS: "500",
	SHUTDOWN_GRACE_MS: "3000",
};
const TICK_MS = 200;

/** Starts the base build with its API, the controller, and worker agents; the base becomes the current build. */
export async function openReleaseWorld({
	lifecycle,
	directory,
	servers,
	report,
	signal,
}: ReleaseWorldOptions): Promise<ReleaseWorld> {
	const deployment = `orchestrator-${randomUUID().slice(0, 8)}`;
	const prefix = `${deployment}.`;
	const env: Record<string, string> = {
		...servers,
		...settings,
		KAFKA_TOPIC_PREFIX: prefix,
		KAFKA_CONSUMER_GROUP_ID: deployment,
		TEMPORAL_TASK_QUEUE: deployment,
		MONGODB_DATABASE: deployment,
		WORKER_DEPLOYMENT_NAME: deployment,
	};
	const start = async (
		name: string,
		own: Record<string, string>,
		more: Pick<ServiceOptions, "root" | "port"> = {},
	) =>
		await lifecycle.start(
			name,
			() =>
				startService({
					...{ directory: path.join(directory, name), signal, ...more },
					env: { ...env, ...own },
				}),
			(one) => one.stop(),
		);
	report(`base: build ${BASE_BUILD} starts`);
	const base = await start("base", {
		ROLES: "api,intake,worker",
		WORKER_BUILD_ID: BASE_BUILD,
	});
	report("controller: starts");
	let controller = await start("controller", { ROLES: "rollout" });
	report("worker agents: start");
	await startAgentsFor(lifecycle, env, { prefix, apiUrl: base.address });
	const planIds: string[] = [];
	return {
		deployment,
		api: createReleaseApi(base.address, deployment),
		planIds,
		env,
		async startBuild(build, kind, { roles, ...place } = { roles: "worker" }) {
			const { edits } = buildKinds[kind];
			const root = copyBuild(path.join(directory, `source-${build}`), edits);
			const own = { ROLES: roles, WORKER_BUILD_ID: build };
			return await start(`build-${build}`, own, { root, ...place });
		},
		async restartController() {
			controller.kill();
			await controller.exited;
			controller = await start("controller", { ROLES: "rollout" });
		},
		traffic: await openTraffic({ lifecycle, env, prefix, planIds, signal }),
	};
}

async function startAgentsFor(
	lifecycle: Lifecycle,
	env: Readonly<Record<string, string>>,
	{ prefix, apiUrl }: { prefix: string; apiUrl: string },
): Promise<void> {
	const agents = await lifecycle.start(
		"worker agents",
		() =>
			startAgents({
				...readAddresses(env),
				agents: 2,
				apiUrl,
				topicNames: { prefix },
				groupId: `${prefix}agents`,
				settings: { durationMs: { min: 5, max: 30 }, concurrency: 50 },
			}),
		(one) => one.stop(),
	);
	await agents.ready();
}

async function openTraffic({
	lifecycle,
	env,
	prefix,
	planIds,
	signal,
}: {
	lifecycle: Lifecycle;
	env: Readonly<Record<string, string>>;
	prefix: string;
	planIds: string[];
	signal: AbortSignal;
}): Promise<ReleaseWorld["traffic"]> {
	const silent = () => {};
	const topic = createTopicTable({ prefix }).consensus.name;
	const producer = await lifecycle.start(
		"the producer",
		() =>
			createProducer({
				brokers: readAddresses(env).brokers,
				clientId: "traffic",
				log: { debug: silent, info: silent, warn: silent, error: silent },
				compression: "gzip",
			}),
		(one) => one.close(),
	);
	let perTick = 0;
	let failingRatio = 0;
	const stopping = new AbortController();
	async function run() {
		let due = 0;
		while (!stopping.signal.aborted && !signal.aborted) {
			due += perTick;
			const count = Math.floor(due);
			due -= count;
			const plans = Array.from({ length: count }, () =>
				somePlan(Math.random() < failingRatio),
			);
			if (plans.length > 0)
				await producer.send(plans.map((one) => toDecisionMessage(topic, one)));
			planIds.push(...plans.map(({ plan_id }) => plan_id));
			await sleep(TICK_MS);
		}
	}
	await lifecycle.start(
		"traffic",
		async () => ({ running: run() }),
		async ({ running }) => {
			stopping.abort();
			await running;
		},
	);
	return (plansPerSecond, ratio = 0) => {
		perTick = (plansPerSecond * TICK_MS) / 1_000;
		failingRatio = ratio;
	};
}

function somePlan(isFailing: boolean) {
	const tasks = chain(2, {
		estimated_duration_ms: 100,
		...(isFailing && { parameters: { simulate: "fail" } }),
	});
	return buildDecision(buildPlan({ plan_id: randomUUID(), tasks }));
}
