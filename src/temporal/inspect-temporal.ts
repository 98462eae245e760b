import { Connection } from "@temporalio/client";
import type {
	DeploymentFacts,
	TemporalFacts,
} from "../doctor/check-temporal.ts";
import { rolloutQueueOf } from "../domain/rollout/names.ts";
import { searchAttributes } from "../domain/search-attributes.ts";
import {
	connectionOptions,
	type TemporalAddress,
} from "./connection-options.ts";
import { indexedValueTypes } from "./ensure-search-attributes.ts";
import { reachHttp2 } from "./reach-http2.ts";

interface InspectedQueue {
	namespace: string;
	taskQueue: string;
	/** The worker deployment of its workers. */
	deployment?: string | undefined;
}

const CALL_TIMEOUT_MS = 5_000;
/** Temporal's enum TaskQueueType. */
const WORKFLOW_QUEUE = 1;

/**
 * Facts about the server, the namespace and the task queue. Rejects with the network's or the SDK's own
 * error.
 */
export async function inspectTemporal(
	address: TemporalAddress,
	queue: InspectedQueue,
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
	{ namespace, taskQueue, deployment }: InspectedQueue,
): Promise<TemporalFacts> {
	const { workflowService, operatorService } = connection;
	return await connection.withDeadline(
		Date.now() + CALL_TIMEOUT_MS,
		async () => {
			const system = await workflowService.getSystemInfo({});
			const space = await workflowService.describeNamespace({ namespace });
			const known = await operatorService.listSearchAttributes({ namespace });
			const pollersOf = async (name: string) => {
				const { pollers } = await workflowService.describeTaskQueue({
					namespace,
					taskQueue: { name },
					taskQueueType: WORKFLOW_QUEUE,
				});
				return pollers.length;
			};
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
				pollerCount: await pollersOf(taskQueue),
				deployment:
					deployment === undefined
						? null
						: {
								name: deployment,
								routing: await readRouting(connection, namespace, deployment),
								controllerCount: await pollersOf(rolloutQueueOf(taskQueue)),
							},
			};
		},
	);
}

const NOT_FOUND = 5;

/** null: Temporal does not know the deployment. */
async function readRouting(
	{ workflowService }: Connection,
	namespace: string,
	deploymentName: string,
): Promise<DeploymentFacts["routing"]> {
	try {
		const { workerDeploymentInfo: info } =
			await workflowService.describeWorkerDeployment({
				namespace,
				deploymentName,
			});
		const config = info?.routingConfig;
		return {
			currentBuild: config?.currentDeploymentVersion?.buildId || null,
			rampingBuild: config?.rampingDeploymentVersion?.buildId || null,
			rampWeight: config?.rampingVersionPercentage ?? 0,
			manager: info?.managerIdentity || null,
		};
	} catch (error) {
		if ((error as { code?: unknown }).code === NOT_FOUND) return null;
		throw error;
	}
}
