import { Type } from "typebox";
import { count } from "./setting.ts";

/** Temporal: client and worker. */
export const temporalSettings = {
	TEMPORAL_HOST: Type.String({
		pattern: "^[^\\s:/]+(:\\d{1,5})?$",
		rule: "host or host:port",
		default: "127.0.0.1",
		description: "Temporal frontend",
		example: "temporal-frontend:7233",
	}),
	TEMPORAL_PORT: Type.Integer({
		minimum: 1,
		maximum: 65_535,
		default: 7233,
		description: "Port of the Temporal frontend when TEMPORAL_HOST names none",
		example: "7233",
	}),
	TEMPORAL_NAMESPACE: Type.String({
		default: "default",
		description: "Temporal namespace",
		example: "default",
	}),
	TEMPORAL_TASK_QUEUE: Type.String({
		default: "orchestration-tasks",
		description: "Task queue of the workflows",
		example: "orchestration-tasks",
	}),
	WORKER_MAX_CACHED_WORKFLOWS: count(
		1000,
		100_000,
		"Workflows a worker keeps in memory; above it they are replayed when they go on",
	),
};
