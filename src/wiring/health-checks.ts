import { countSetAside } from "../dead-letters/count-set-aside.ts";
import {
	type CircuitState,
	createLooks,
	type HealthCheck,
	type SkippedCheck,
} from "../http/health.ts";
import { keepAnswer } from "../http/keep-answer.ts";
import type { JudgeFailureDeps, Server } from "../intake/judge-failure.ts";
import { whyRoutingIsOld } from "../rollout/routing-view.ts";
import { whoAndWhy } from "../stops/current-stops.ts";
import { checkStuckPlans } from "./check-stuck-plans.ts";
import type { Parts } from "./parts.ts";
import { isRegistryAlone } from "./registry-alone.ts";

/** Frequent health requests cost MongoDB nothing. */
const SET_ASIDE_KEPT_MS = 10_000;

/** The dependencies of this process. */
export function healthChecks(
	parts: Parts,
	isWorking: () => boolean,
): HealthCheck[] {
	const { config, metrics, mongo, kafkaPing, temporal } = parts;
	const starting: HealthCheck = {
		name: "roles",
		required: true,
		check: async () => {
			if (!isWorking()) throw new Error("the roles are still starting");
		},
	};
	if (isRegistryAlone(config)) return [starting, redisCheck(parts, true)];
	return [
		starting,
		{
			name: "temporal",
			weight: 30,
			required: true,
			check: async () =>
				void (await temporal.workflowService.getSystemInfo({})),
		},
		{
			name: "kafka",
			weight: 20,
			required:
				config.roles.includes("intake") || config.roles.includes("worker"),
			check: () => kafkaPing.ping(),
		},
		{
			name: "mongodb",
			weight: 20,
			required: false,
			check: () => mongo.ping(),
			circuit: () => circuitOf(metrics, "mongodb"),
		},
		redisCheck(parts, false),
		...(config.registry.address === undefined
			? []
			: [
					{
						name: "worker_registry",
						required: false,
						check: () => checkWorkerRegistry(parts),
					},
				]),
		{
			name: "plans",
			required: false,
			check: () => checkStuckPlans(parts),
		},
		{
			name: "stops",
			weight: 5,
			required: false,
			check: () => checkStops(parts),
		},
		{
			name: "routing",
			required: false,
			check: () => checkRouting(parts),
		},
		{
			name: "records",
			weight: 5,
			required: false,
			check: createSetAsideCheck(parts),
		},
	];
}

/** What this process does not use, with the reason. */
export function skippedChecks({ config }: Parts): SkippedCheck[] {
	if (isRegistryAlone(config))
		return ["temporal", "kafka", "mongodb", "plans", "stops", "records"].map(
			(name) => ({
				name,
				reason: "the role registry uses no server but Redis",
			}),
		);
	if (config.registry.address !== undefined) return [];
	const reason =
		"SERVICE_REGISTRY_HOST is not set: workers are read from Redis";
	return [{ name: "worker_registry", reason }];
}

function redisCheck({ redis, metrics }: Parts, required: boolean): HealthCheck {
	return {
		name: "redis",
		required,
		check: () => redis.ping(),
		circuit: () => circuitOf(metrics, "redis"),
	};
}

/** Fails while the registry does not answer, and says what is known of the workers meanwhile. */
async function checkWorkerRegistry({
	registry,
	workers,
}: Parts): Promise<void> {
	try {
		await registry.ping();
	} catch (cause) {
		const { source, age_ms, workers: known } = workers.peek();
		const meanwhile =
			source === "none"
				? "no worker is known"
				: `the last known ${known.length} workers serve, ${Math.round(age_ms / 1_000)} s old`;
		throw new Error(meanwhile, { cause });
	}
}

/** Fails while a person holds something: then it does not run as it should. */
async function checkStops({ stops }: Parts): Promise<void> {
	const held = await stops.list();
	if (held.length === 0) return;
	const texts = held.map((stop) => {
		const what =
			stop.value === null ? stop.scope : `${stop.scope} ${stop.value}`;
		return `${what} is stopped ${whoAndWhy(stop)}`;
	});
	throw new Error(
		`${texts.join("; ")}; \`orchestrator stop release\` lets it go on`,
	);
}

/** Fails while nobody knows whether what is known of the routing is still in force. */
async function checkRouting({ routing }: Parts): Promise<void> {
	const why = whyRoutingIsOld(await routing.current(), Date.now());
	if (why !== undefined) throw new Error(why);
}

/** Fails while there are open letters for records set aside. */
function createSetAsideCheck({ mongo, log }: Parts): HealthCheck["check"] {
	const count = keepAnswer(
		() =>
			countSetAside(mongo).catch((error: unknown) => {
				// MongoDB's own check reports its outage.
				log.debug({ error }, "records set aside not counted");
				return [];
			}),
		SET_ASIDE_KEPT_MS,
	);
	return async () => {
		const counts = await count();
		if (counts.length === 0) return;
		const texts = counts.map(({ reason, count }) => `${count} ${reason}`);
		throw new Error(
			`records were set aside, and nobody has dealt with that: ${texts.join(", ")}; \`orchestrator dlq list\` shows them`,
		);
	};
}

/** Checks whether a server answers, to tell an outage from a permanent failure. */
export function createIsAnswering(
	parts: Parts,
): JudgeFailureDeps["isAnswering"] {
	const looks = createLooks([
		...healthChecks(parts, () => true),
		{
			name: "registry",
			required: false,
			check: () => parts.codec.ping(),
		},
	]);
	return async (server: Server) => {
		const look = looks.find(({ name }) => name === server);
		return look !== undefined && (await look.ask()).available;
	};
}

async function circuitOf(
	{ storeAway }: Parts["metrics"],
	store: string,
): Promise<CircuitState> {
	const { values } = await storeAway.get();
	const isAway = values.some(
		({ labels, value }) => labels.store === store && value > 0,
	);
	return isAway ? "open" : "closed";
}
