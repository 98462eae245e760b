import type { Arm } from "../domain/rollout/judgement.ts";
import type { HttpSide } from "../domain/rollout/names.ts";

/**
 * What a release asks of the engine: routing of new plans to builds of one worker deployment, and plans that
 * already run. Every call may throw an `OrchestratorError` of an outage; nothing here decides.
 */
export interface RolloutEngine {
	/** The routing in force, as the engine has it now. */
	readRouting(deployment: string): Promise<BuildRouting>;
	/**
	 * Sends `weight` percent of new plans to the build (0 to 100); null takes the ramp away. Resolves when
	 * the change has reached all task queues. Throws `ROUTING_CHANGED` when somebody else changed the routing
	 * since `token` was read, or manages it.
	 */
	setRamp(change: RoutingChange & { weight: number }): Promise<BuildRouting>;
	/**
	 * Sends all new plans that no ramp takes to the build, and takes its ramp away. As `setRamp` otherwise. `isForced`:
	 * also to a build without workers; the plans then wait for them.
	 */
	setCurrent(
		change: RoutingChange & { isForced?: boolean },
	): Promise<BuildRouting>;
	/** Becomes the only one that may change the routing; `force` takes it from whoever has it. */
	claimRouting(deployment: string, force: boolean): Promise<BuildRouting>;
	/** Gives that up. */
	releaseRouting(deployment: string): Promise<void>;
	/** The ramp is gone and the base current, whoever manages the routing and whatever the token: needs no workflow. */
	panic(deployment: string, baseBuild: string): Promise<BuildRouting>;
	/** Plans of both builds that began in the window, and those that are open since before it or fail their tasks. */
	countPlans(question: PlanCountQuestion): Promise<PlanCounts>;
	/** Workers and waiting tasks of a build. */
	readWorkers(deployment: string, build: string): Promise<BuildWorkers>;
	/** Runs the plan on that build only, until it ends; answers its end. Starting it twice under one id runs it once. */
	runSmokePlan(plan: SmokePlan): Promise<{ status: string; detail: string }>;
	/**
	 * Open plans pinned to the build, of the newest `limit` of which a task is done, and of as many of the queue of which
	 * none is; `unseen`: how many were not looked at. Asks about each of the latter, and throws when the signal aborts.
	 */
	listOpenPlans(
		deployment: string,
		build: string,
		limit: number,
		signal?: AbortSignal,
	): Promise<{ plans: OpenPlanOfBuild[]; unseen: number }>;
	/** How many there are. */
	countOpenPlans(deployment: string, build: string): Promise<number>;
	/** Begins the plan again from its first workflow task on the other build: only where nothing was published. */
	restartPlan(plan: OpenPlanOfBuild, build: string): Promise<void>;
	/** Goes on with the plan's history on the other build. */
	movePlan(plan: OpenPlanOfBuild, build: string): Promise<void>;
}

export interface BuildRouting {
	deployment: string;
	/** null: workers without a version. */
	currentBuild: string | null;
	rampingBuild: string | null;
	/** 0 to 100. */
	rampWeight: number;
	/** Changes with every change of the deployment. */
	token: string;
	/** Who alone may change the routing; null: anybody. */
	manager: string | null;
	lastModifiedBy: string;
	/** Whether the change has reached all task queues. */
	isSettled: boolean;
	builds: {
		build: string;
		status: BuildStatus;
		createdAtMs: number;
		/** Whether it ever was current. */
		wasCurrent: boolean;
	}[];
}

export type BuildStatus =
	| "inactive"
	| "ramping"
	| "current"
	| "draining"
	| "drained";

export interface RoutingChange {
	deployment: string;
	build: string | null;
	token: string;
}

export interface PlanCountQuestion {
	deployment: string;
	builds: Readonly<Record<Arm, string>>;
	/** Plans begun at or after `fromMs` and before `toMs`, Unix epoch, ms. */
	fromMs: number;
	toMs: number;
	/** Plans begun before this instant, and still open, are overdue. */
	matureBeforeMs: number;
}

export interface PlanCounts {
	started: Readonly<Record<Arm, number>>;
	overdue: Readonly<Record<Arm, number>>;
	/** Open, with workflow tasks that fail. */
	broken: Readonly<Record<Arm, number>>;
}

export interface BuildWorkers {
	/** Pollers seen in the last minute or so. */
	pollers: number;
	/** Since a poller was last seen; 0: now. null: never. */
	lastPollAgoMs: number | null;
	backlog: number;
	/** Age of the oldest waiting task, 0: none waits. */
	backlogAgeMs: number;
}

export interface SmokePlan {
	deployment: string;
	build: string;
	/** Of the plan, made from the rollout and the step. */
	planId: string;
	/** Which plan (`linear`, `diamond`, `fanout`). */
	shape: SmokeShape;
	timeoutMs: number;
}

export const smokeShapes = ["linear", "diamond", "fanout"] as const;
export type SmokeShape = (typeof smokeShapes)[number];

export interface OpenPlanOfBuild {
	deployment: string;
	planId: string;
	workflowId: string;
	runId: string;
	/** Whether a ticket of it may have been published. */
	hasPublished: boolean;
	/** Whether its workflow tasks fail. */
	isBroken: boolean;
}

/** Sends HTTP requests to one of two instances. Calls may throw an `OrchestratorError` of an outage. */
export interface HttpSwitch {
	current(): Promise<HttpSide>;
	/** Resolves when new requests go there; those in flight end where they are. Safe to repeat. */
	switchTo(side: HttpSide): Promise<void>;
	/** Asks once whether the instance is of that build and healthy; one that does not answer is not. */
	check(
		side: HttpSide,
		build: string,
	): Promise<{ healthy: boolean; detail: string }>;
}
