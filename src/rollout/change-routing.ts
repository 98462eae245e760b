import { hasCode, OrchestratorError } from "../errors.ts";
import {
	askDeployment,
	type DeploymentAnswer,
	describeDeployment,
	isSettled,
	msOf,
	untilSettled,
} from "../temporal/deployment-calls.ts";
import type { TemporalCalls } from "../temporal/temporal-calls.ts";
import type { BuildRouting, BuildStatus, RoutingChange } from "./ports.ts";

/** Who changes the routing in the name of a release; while it manages a deployment, Temporal refuses others. */
export const ROLLOUT_IDENTITY = "rollout-controller";
/** Who has taken a deployment over by `panic`: a controller that comes back in the middle of a release ramps no more. */
export const PANIC_IDENTITY = "rollout-panic";

/** Taking traffic from a build must work when its workers are dead, or those of the build that gets it. */
const FORCED = { ignoreMissingTaskQueues: true, allowNoPollers: true } as const;

/** By Temporal's enum WorkerDeploymentVersionStatus; a version that was only created is inactive too. */
const statuses: Record<number, BuildStatus> = {
	1: "inactive",
	2: "current",
	3: "ramping",
	4: "draining",
	5: "drained",
	6: "inactive",
};

export async function readRouting(
	calls: TemporalCalls,
	deployment: string,
): Promise<BuildRouting> {
	return toRouting(deployment, await describeDeployment(calls, deployment));
}

function toRouting(deployment: string, answer: DeploymentAnswer): BuildRouting {
	const info = answer.workerDeploymentInfo ?? {};
	const { routingConfig: routing } = info;
	return {
		deployment,
		currentBuild: routing?.currentDeploymentVersion?.buildId || null,
		rampingBuild: routing?.rampingDeploymentVersion?.buildId || null,
		rampWeight: routing?.rampingVersionPercentage ?? 0,
		token: Buffer.from(answer.conflictToken ?? []).toString("base64"),
		manager: info.managerIdentity || null,
		lastModifiedBy: info.lastModifierIdentity ?? "",
		isSettled: isSettled(answer),
		builds: (info.versionSummaries ?? []).map((summary) => ({
			build: summary.deploymentVersion?.buildId ?? "",
			status: statuses[summary.status ?? 0] ?? "inactive",
			createdAtMs: msOf(summary.createTime),
			wasCurrent: summary.lastCurrentTime != null,
		})),
	};
}

export async function setRamp(
	calls: TemporalCalls,
	{ deployment, build, weight, token }: RoutingChange & { weight: number },
): Promise<BuildRouting> {
	const isOff = build === null || weight === 0;
	return await change(calls, deployment, {
		what: `ramp of ${deployment} to ${build ?? "nothing"} at ${weight} %`,
		apply: () => askRamp(calls, { deployment, build, weight, token, isOff }),
		isDone: ({ rampingBuild, rampWeight }) =>
			rampingBuild === build && (build === null || rampWeight === weight),
	});
}

interface Ramp extends Omit<RoutingChange, "token"> {
	weight: number;
	token?: string;
	isOff: boolean;
	identity?: string;
}

async function askRamp(
	calls: TemporalCalls,
	{ deployment, build, weight, token, isOff, identity }: Ramp,
): Promise<void> {
	await askDeployment(
		calls,
		`ramp of ${deployment} to ${build ?? "nothing"}`,
		(service, namespace) =>
			service.setWorkerDeploymentRampingVersion({
				namespace,
				deploymentName: deployment,
				// No build at 0 % takes the ramp away; at more it would be workers without a version.
				buildId: build ?? "",
				percentage: build === null ? 0 : weight,
				...conflictToken(token),
				identity: identity ?? ROLLOUT_IDENTITY,
				...(isOff && FORCED),
			}),
	);
}

export async function setCurrent(
	calls: TemporalCalls,
	asked: RoutingChange & { isForced?: boolean },
): Promise<BuildRouting> {
	const { deployment, build } = asked;
	return await change(calls, deployment, {
		what: `current build of ${deployment} to ${build ?? "none"}`,
		apply: () => askCurrent(calls, asked),
		isDone: ({ currentBuild }) => currentBuild === build,
	});
}

async function askCurrent(
	calls: TemporalCalls,
	{
		deployment,
		build,
		token,
		identity = ROLLOUT_IDENTITY,
		isForced = false,
	}: Omit<RoutingChange, "token"> & {
		token?: string;
		identity?: string;
		isForced?: boolean;
	},
): Promise<void> {
	await askDeployment(
		calls,
		`current build of ${deployment} to ${build ?? "none"}`,
		(service, namespace) =>
			service.setWorkerDeploymentCurrentVersion({
				namespace,
				deploymentName: deployment,
				buildId: build ?? "",
				...conflictToken(token),
				identity,
				...(isForced && FORCED),
			}),
	);
}

/** Applies a change; one that was made before, and whose answer was lost, is not made twice. */
async function change(
	calls: TemporalCalls,
	deployment: string,
	{
		apply,
		isDone,
		what,
	}: {
		what: string;
		apply(): Promise<void>;
		isDone(routing: BuildRouting): boolean;
	},
): Promise<BuildRouting> {
	try {
		await apply();
	} catch (error) {
		if (!hasCode(error, "ROUTING_CHANGED")) throw error;
		const routing = await readRouting(calls, deployment);
		const isOurs =
			routing.lastModifiedBy === ROLLOUT_IDENTITY && isDone(routing);
		if (!isOurs)
			throw new OrchestratorError(
				"ROUTING_CHANGED",
				`${what}: ${routing.lastModifiedBy || "somebody"} has changed the routing, or ${routing.manager ?? "nobody"} manages it`,
				{ cause: error },
			);
	}
	return toRouting(deployment, await untilSettled(calls, deployment));
}

export async function claimRouting(
	calls: TemporalCalls,
	deployment: string,
	force: boolean,
): Promise<BuildRouting> {
	const routing = await readRouting(calls, deployment);
	const { manager, token } = routing;
	if (manager === ROLLOUT_IDENTITY) return routing;
	// Whoever begins a release after a panic has decided: the panic is over.
	if (manager !== null && manager !== PANIC_IDENTITY && !force)
		throw new OrchestratorError(
			"ROUTING_CHANGED",
			`${manager} manages the routing of ${deployment}`,
		);
	await setManager(calls, deployment, {
		identity: ROLLOUT_IDENTITY,
		self: true,
		...conflictToken(token),
	});
	return await readRouting(calls, deployment);
}

export async function releaseRouting(
	calls: TemporalCalls,
	deployment: string,
): Promise<void> {
	const { manager } = await readRouting(calls, deployment);
	if (manager !== ROLLOUT_IDENTITY) return;
	const identity = ROLLOUT_IDENTITY;
	await setManager(calls, deployment, { identity, managerIdentity: "" });
}

async function setManager(
	calls: TemporalCalls,
	deployment: string,
	manager: {
		identity: string;
		self?: boolean;
		managerIdentity?: string;
		conflictToken?: Uint8Array;
	},
): Promise<void> {
	await askDeployment(calls, `manager of ${deployment}`, (service, namespace) =>
		service.setWorkerDeploymentManager({
			namespace,
			deploymentName: deployment,
			...manager,
		}),
	);
}

/**
 * The ramp first: that is what hurts. No token and no guard, and nobody is asked; the routing stays taken over
 * until a person gives it to a release again.
 */
export async function panic(
	calls: TemporalCalls,
	deployment: string,
	baseBuild: string,
): Promise<BuildRouting> {
	const identity = PANIC_IDENTITY;
	await setManager(calls, deployment, { identity, self: true });
	const before = await readRouting(calls, deployment);
	if (before.rampingBuild !== null || before.rampWeight > 0)
		await askRamp(calls, {
			deployment,
			build: null,
			weight: 0,
			isOff: true,
			identity,
		});
	if (before.currentBuild !== baseBuild)
		await askCurrent(calls, {
			deployment,
			build: baseBuild,
			identity,
			isForced: true,
		});
	return toRouting(deployment, await untilSettled(calls, deployment));
}

function conflictToken(token: string | undefined) {
	return token === undefined
		? {}
		: { conflictToken: Buffer.from(token, "base64") };
}
