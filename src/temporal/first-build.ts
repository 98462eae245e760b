import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../errors.ts";
import type { BuildVersion } from "./build-version.ts";
import {
	askDeployment,
	describeDeployment,
	untilSettled,
} from "./deployment-calls.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Temporal knows a build about a second after its first worker has asked for work. */
const KNOWN_WITHIN_MS = 10_000;
const POLL_MS = 200;

/**
 * Makes the build current if the deployment never had a current one: without one, new plans go to workers without
 * a version. True when it did. Of two builds at once one does, by the conflict token. The build's worker must run.
 */
export async function becomeFirstBuild(
	calls: TemporalCalls,
	version: BuildVersion,
	identity: string,
): Promise<boolean> {
	const untilMs = performance.now() + KNOWN_WITHIN_MS;
	for (;;) {
		try {
			return await tryToBecome(calls, version, identity);
		} catch (error) {
			if (hasCode(error, "ROUTING_CHANGED")) return false;
			const mayPass = hasCode(error, "ROUTING_REFUSED");
			if (!mayPass || performance.now() > untilMs) throw error;
			await sleep(POLL_MS);
		}
	}
}

async function tryToBecome(
	calls: TemporalCalls,
	{ deployment, build }: BuildVersion,
	identity: string,
): Promise<boolean> {
	const answer = await describeDeployment(calls, deployment);
	const { conflictToken, workerDeploymentInfo: info } = answer;
	// One that has none and had one was changed by somebody on purpose.
	if (info?.routingConfig?.currentVersionChangedTime) return false;
	await askDeployment(
		calls,
		`first build ${build} of ${deployment}`,
		(service, namespace) =>
			service.setWorkerDeploymentCurrentVersion({
				namespace,
				deploymentName: deployment,
				buildId: build,
				conflictToken,
				identity,
			}),
	);
	await untilSettled(calls, deployment);
	return true;
}
