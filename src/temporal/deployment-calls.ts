import { setTimeout as sleep } from "node:timers/promises";
import { type Client, isGrpcServiceError } from "@temporalio/client";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

export type DeploymentAnswer = Awaited<
	ReturnType<Client["workflowService"]["describeWorkerDeployment"]>
>;
/** A call of Temporal's API about worker deployments; the SDK has no other. */
type DeploymentCall<T> = (
	service: Client["workflowService"],
	namespace: string,
) => Promise<T>;

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
/** Temporal's enum RoutingConfigUpdateState. */
const IN_PROGRESS = 1;
const SETTLES_WITHIN_MS = 10_000;
const POLL_MS = 100;

/**
 * Asks Temporal about worker deployments. Throws ROUTING_CHANGED when somebody else has changed the
 * deployment or manages it, ROUTING_REFUSED when it refuses for another reason (no workers, still in use,
 * unknown), TEMPORAL_UNAVAILABLE when it does not answer.
 */
export async function askDeployment<T>(
	calls: TemporalCalls,
	what: string,
	call: DeploymentCall<T>,
): Promise<T> {
	try {
		return await calls(what, ({ workflowService, options }) =>
			call(workflowService, options.namespace),
		);
	} catch (error) {
		throw translate(what, error);
	}
}

function translate(what: string, error: unknown): unknown {
	if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) return error;
	const { cause } = error;
	if (!isGrpcServiceError(cause)) return error;
	if (cause.code !== FAILED_PRECONDITION && cause.code !== NOT_FOUND)
		return error;
	const isForeign = /conflict token|manager ?identity/i.test(cause.details);
	return new OrchestratorError(
		isForeign ? "ROUTING_CHANGED" : "ROUTING_REFUSED",
		`${what}: ${cause.details}`,
		{ cause: error },
	);
}

/** The deployment's routing and builds. */
export async function describeDeployment(
	calls: TemporalCalls,
	deployment: string,
): Promise<DeploymentAnswer> {
	return await askDeployment(
		calls,
		`look at deployment ${deployment}`,
		(service, namespace) =>
			service.describeWorkerDeployment({
				namespace,
				deploymentName: deployment,
			}),
	);
}

/** Whether the last change has reached all task queues. */
export function isSettled({ workerDeploymentInfo }: DeploymentAnswer): boolean {
	return workerDeploymentInfo?.routingConfigUpdateState !== IN_PROGRESS;
}

/** Resolves when the last change has reached all task queues, which takes about a second. */
export async function untilSettled(
	calls: TemporalCalls,
	deployment: string,
): Promise<DeploymentAnswer> {
	const untilMs = performance.now() + SETTLES_WITHIN_MS;
	for (;;) {
		const answer = await describeDeployment(calls, deployment);
		if (isSettled(answer)) return answer;
		if (performance.now() > untilMs)
			throw new OrchestratorError(
				"TEMPORAL_UNAVAILABLE",
				`the routing of ${deployment} was changed and has not reached all task queues within ${SETTLES_WITHIN_MS} ms`,
			);
		await sleep(POLL_MS);
	}
}

/** Unix epoch, ms; 0: never. */
export function msOf(
	timestamp:
		| { seconds?: unknown; nanos?: number | null | undefined }
		| null
		| undefined,
): number {
	const { seconds, nanos } = timestamp ?? {};
	return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1e6);
}
