import { type Check, failed, ok, warning } from "./check.ts";

export interface TemporalFacts {
	serverVersion: string;
	/** How long closed workflows are kept; null: the server does not say. */
	retentionMs: number | null;
	/** Search attributes of ours that are not registered, or of another type. */
	missingAttributes: readonly string[];
	/** Workers that polled the task queue lately. */
	pollerCount: number;
	/** The worker deployment of the settings; null: none is set. */
	deployment: DeploymentFacts | null;
}

export interface DeploymentFacts {
	name: string;
	/** null: Temporal does not know the deployment. */
	routing: {
		currentBuild: string | null;
		rampingBuild: string | null;
		/** 0 to 100. */
		rampWeight: number;
		manager: string | null;
	} | null;
	/** Controllers of releases that asked for work lately. */
	controllerCount: number;
}

const HOUR_MS = 3_600_000;
/** Intake trusts Temporal to know decisions that are younger (src/plans/check-archive.ts). */
const TRUSTED_MS = 12 * HOUR_MS;
const USUAL_RETENTION_MS = 72 * HOUR_MS;

/** Judges server, namespace, search attributes and workers. */
export function checkTemporal(
	facts: TemporalFacts,
	{ namespace, taskQueue }: { namespace: string; taskQueue: string },
): Check[] {
	const { serverVersion, retentionMs, missingAttributes, pollerCount } = facts;
	return [
		ok("temporal", `server ${serverVersion}`),
		judgeRetention(retentionMs, namespace),
		missingAttributes.length === 0
			? ok("temporal search attributes", "all are registered")
			: warning(
					"temporal search attributes",
					`not registered: ${missingAttributes.join(", ")}`,
					"the service registers them at start where it may; on Temporal Cloud, or if one has another type, do it by hand (`temporal operator search-attribute create`)",
				),
		pollerCount > 0
			? ok("temporal workers", `${pollerCount} poll ${taskQueue}`)
			: warning(
					"temporal workers",
					`nobody polls ${taskQueue}: plans start and do not go on`,
					"start a process with the role worker (ROLES=worker) and the same TEMPORAL_TASK_QUEUE",
				),
		...(facts.deployment === null ? [] : judgeDeployment(facts.deployment)),
	];
}

function judgeDeployment({
	name,
	routing,
	controllerCount,
}: DeploymentFacts): Check[] {
	const check = "temporal deployment";
	if (routing === null || routing.currentBuild === null)
		return [
			warning(
				check,
				`${name} has no current build: new plans go to workers without a version`,
				"start a process with the role worker, WORKER_DEPLOYMENT_NAME and WORKER_BUILD_ID: the first one makes its build current",
			),
		];
	const { currentBuild, rampingBuild, rampWeight, manager } = routing;
	const ramp =
		rampingBuild === null ? "" : `, ${rampWeight} % to ${rampingBuild}`;
	const by = manager === null ? "" : `, managed by ${manager}`;
	const detail = `${name} runs ${currentBuild}${ramp}${by}`;
	return [
		manager === null || controllerCount > 0
			? ok(check, detail)
			: warning(
					check,
					`${detail}, and no controller of releases runs`,
					"start a process with the role rollout (ROLES=rollout), or take traffic from the candidate with `orchestrator rollout panic`",
				),
	];
}

function judgeRetention(retentionMs: number | null, namespace: string): Check {
	const name = "temporal namespace";
	if (retentionMs === null) return ok(name, namespace);
	const detail = `${namespace} keeps closed workflows ${Math.round(retentionMs / HOUR_MS)} h`;
	if (retentionMs < TRUSTED_MS) {
		return failed(
			name,
			`${detail}: a decision that comes again may run again`,
			"raise the retention to 72 h or more (`temporal operator namespace update --retention 72h`)",
		);
	}
	return retentionMs < USUAL_RETENTION_MS
		? warning(
				name,
				`${detail}: after that only MongoDB tells what became of a plan`,
				"raise the retention to 72 h (`temporal operator namespace update --retention 72h`)",
			)
		: ok(name, detail);
}
