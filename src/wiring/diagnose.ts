import type { Config } from "../config.ts";
import { countSetAsideIn } from "../dead-letters/count-set-aside.ts";
import type { Check } from "../doctor/check.ts";
import { checkKafka } from "../doctor/check-kafka.ts";
import { checkMachine } from "../doctor/check-machine.ts";
import { checkSetAside, checkUnread } from "../doctor/check-records.ts";
import { checkSettings, isProduction } from "../doctor/check-settings.ts";
import { checkClock, checkMongo, checkRedis } from "../doctor/check-stores.ts";
import { checkTemporal } from "../doctor/check-temporal.ts";
import { type Examination, runDoctor } from "../doctor/run-doctor.ts";
import { findUnreadGaps } from "../messaging/inspect-groups.ts";
import { inspectKafka } from "../messaging/inspect-kafka.ts";
import { createSchemaRegistry } from "../messaging/schema-registry.ts";
import { inspectMongo } from "../storage/inspect-mongo.ts";
import { inspectRedis } from "../storage/inspect-redis.ts";
import { inspectTemporal } from "../temporal/inspect-temporal.ts";
import { examineAccess } from "./examine-access.ts";
import { examineCertificates } from "./examine-certificates.ts";
import { examinePlans } from "./examine-plans.ts";
import { examinePolicies } from "./examine-policies.ts";
import { examineRegistry } from "./examine-registry.ts";
import { consumerGroups, kafkaOf, topicsOf } from "./kafka-of.ts";
import { serverNames } from "./server-names.ts";

export interface DoctorOptions {
	/** Settings without effect: `explainConfig().warnings`. */
	slips?: readonly string[];
	/** The process's working directory. */
	directory: string;
}

const silent = () => undefined;
/** The doctor itself reports what is wrong. */
const silentLog = { debug: silent, info: silent, warn: silent, error: silent };

/**
 * Checks every dependency and setting and names remedies, over its own connections. Changes nothing, never
 * throws, and ends within some seconds of the slowest server's time-out.
 */
export function diagnose(
	config: Config,
	{ slips = [], directory }: DoctorOptions,
): AsyncIterable<Check> {
	const names = serverNames(config);
	const mongo = once(() => inspectMongo(config.mongodb, countSetAsideIn));
	const redis = once(() => inspectRedis(config.redis));
	return runDoctor([
		{ name: "settings", look: async () => checkSettings(config, slips) },
		...examineAccess(config),
		{ name: "machine", look: () => checkMachine(directory) },
		{ name: "kafka", server: names.kafka, look: () => lookAtKafka(config) },
		...lookAtRegistry(config),
		{
			name: "temporal",
			server: names.temporal,
			look: () => lookAtTemporal(config),
		},
		{
			name: "mongodb",
			server: names.mongodb,
			look: async () => {
				const facts = await mongo();
				return [
					...checkMongo(facts, judging(config)),
					...checkSetAside(facts.setAside),
				];
			},
		},
		{
			name: "redis",
			server: names.redis,
			look: async () => checkRedis(await redis()),
		},
		{
			name: "clock",
			look: async () => {
				const seen = await Promise.allSettled([mongo(), redis()]);
				return checkClock(
					seen.flatMap((facts, index) =>
						facts.status === "rejected"
							? []
							: [
									{
										server: index === 0 ? "MongoDB" : "Redis",
										clockAheadMs: facts.value.clockAheadMs,
									},
								],
					),
				);
			},
		},
		...examineRegistry(config),
		...examinePolicies(config),
		examinePlans(config),
		examineCertificates(config),
	]);
}

async function lookAtKafka(config: Config): Promise<Check[]> {
	const settings = kafkaOf(config, silentLog);
	const wishes = Object.values(topicsOf(config));
	const names = wishes.map(({ name }) => name);
	const facts = await inspectKafka(settings, names);
	return [
		...checkKafka(facts, wishes, {
			createTopics: config.kafka.createTopics,
			...judging(config),
		}),
		...checkUnread(await findUnreadGaps(settings, consumerGroups(config))),
	];
}

function lookAtRegistry(config: Config): Examination[] {
	const { schemaRegistryUrl: url, registryTls } = config.kafka;
	if (url === undefined) return [];
	const name = "schema registry";
	return [
		{
			name,
			server: serverNames(config).registry,
			async look() {
				// Whether the schema exists does not matter.
				await createSchemaRegistry(url, registryTls).find(1);
				return [{ name, status: "ok", detail: "it answers" }];
			},
		},
	];
}

async function lookAtTemporal(config: Config): Promise<Check[]> {
	const facts = await inspectTemporal(config.temporal, config.temporal);
	return checkTemporal(facts, config.temporal);
}

function judging(config: Config) {
	return { isProduction: isProduction(config) };
}

/** The same result for all callers. */
function once<T>(look: () => Promise<T>): () => Promise<T> {
	let looking: Promise<T> | undefined;
	return () => {
		looking ??= look();
		return looking;
	};
}
