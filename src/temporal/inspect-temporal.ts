import { Connection } from "@temporalio/client";
import type { TemporalFacts } from "../doctor/check-temporal.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import {
	connectionOptions,
	type TemporalAddress,
} from "./connection-options.ts";
import { indexedValueTypes } from "./ensure-search-attributes.ts";
import { reachHttp2 } from "./reach-http2.ts";

const CALL_TIMEOUT_MS = 5_000;
/** Temporal's enum TaskQueueType. */
const WORKFLOW_QUEUE = 1;

/**
 * Facts about the server, the namespace and the task queue. Rejects with the network's or the SDK's own
 * error.
 */
export async function inspectTemporal(
	address: TemporalAddress,
	queue: { namespace: string; taskQueue: string },
): Promise<TemporalFacts> {
	await reachHttp2(address);
	const connection = Connection.lazy(connectionOptions(address));
	try {
		return await ask(connection, queue);
	} finally {
		await connection.close();
	}
}

async function ask(
	connection: Connection,
	{ namespace, taskQueue }: { namespace: string; taskQueue: string },
): Promise<TemporalFacts> {
	const { workflowService, operatorService } = connection;
	return await connection.withDeadline(
		Date.now() + CALL_TIMEOUT_MS,
		async () => {
			const system = await workflowService.getSystemInfo({});
			const space = await workflowService.describeNamespace({ namespace });
			const known = await operatorService.listSearchAttributes({ namespace });
			const queue = await workflowService.describeTaskQueue({
				namespace,
				taskQueue: { name: taskQueue },
				taskQueueType: WORKFLOW_QUEUE,
			});
			const seconds = space.config?.workflowExecutionRetentionTtl?.seconds;
			return {
				serverVersion: system.serverVersion ?? "of unknown version",
				retentionMs: seconds == null ? null : Number(seconds) * 1_000,
				missingAttributes: Object.values(searchAttributes)
					.filter(
						({ name, type }) =>
							known.customAttributes[name] !== indexedValueTypes[type],
					)
					.map(({ name }) => name),
				pollerCount: queue.pollers.length,
			};
		},
	);
}
