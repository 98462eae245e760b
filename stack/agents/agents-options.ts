import type { Log } from "../../src/log.ts";
import type { TopicNames } from "../../src/messaging/topics.ts";
import type { AgentSettings } from "./settings.ts";

/** What to start, and where everything is. */
export interface AgentsOptions {
	/** How many; default 4. */
	agents?: number;
	/** Agents are `{idPrefix}-1` ...; random by default, so that processes do not collide. */
	idPrefix?: string;
	/** `host:port` of Kafka. */
	brokers: readonly string[];
	/** `host:port` of Redis; without it claims live in memory. */
	redisNodes?: readonly string[];
	redisPassword?: string;
	/** `host:port` of the worker registry; without it agents are registered in Redis, or nowhere without that. */
	registryAddress?: string;
	registryToken?: string;
	/** Where tickets are asked for: `http://host:port`. */
	apiUrl: string;
	/** URL of the Confluent schema registry; with it results go out as Avro. */
	registryUrl?: string;
	topicNames?: TopicNames;
	/** Default `worker-agents`, as in the field. */
	groupId?: string;
	settings?: Partial<AgentSettings>;
	/** 0 to 1, as `Math.random`. */
	random?: () => number;
	log?: Log;
}
