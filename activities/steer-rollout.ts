import type { RolloutEventRecord } from "../schemas/rollout-event.ts";
import type { HttpSide } from "../src/domain/rollout/names.ts";
import type {
	RolloutEvent,
	RolloutState,
} from "../src/domain/rollout/state.ts";
import { eventRecord } from "../src/domain/rollout/view.ts";
import { hasCode } from "../src/errors.ts";
import type { HttpSwitch, SmokePlan } from "../src/rollout/ports.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import type { RouteDeps } from "./route-release.ts";

export interface RolloutStore {
	/** Builds that were current before, newest first, with when they last were; `limit` releases back. */
	findFormerBuilds(
		deployment: string,
		limit: number,
	): Promise<{ build: string; untilMs: number }[]>;
	/** Stores the state and adds these events, each once. */
	keepState(
		state: RolloutState,
		events: readonly RolloutEvent[],
	): Promise<void>;
}

export interface RolloutPublisher {
	/** Resolves when the brokers have the events. At-least-once: readers drop repeats by `event_id`. */
	publishRolloutEvents(events: readonly RolloutEventRecord[]): Promise<void>;
}

export interface SteerDeps extends RouteDeps {
	store: RolloutStore;
	publisher: RolloutPublisher;
	/** Absent: nothing but plans is switched. */
	httpSwitch?: HttpSwitch | undefined;
}

const FAST_TRACK_MS = 24 * 3_600_000;

export function createOpenRollout({ engine, store, httpSwitch }: SteerDeps) {
	/** Takes over the routing, and finds what is stable now. Safe to retry: claiming twice is claiming once. */
	return async function openRollout(state: RolloutState) {
		return await whileHeartbeating(() => open(state));
	};

	async function open({ spec, inheritedBase, rolloutId }: RolloutState) {
		const { deployment, targetBuild, dryRun, rollbackWindow } = spec;
		const routing = dryRun
			? await engine.readRouting(deployment)
			: await engine.claimRouting(deployment, false).catch(orChanged);
		if (routing === null)
			return {
				kind: "changed" as const,
				message: `somebody else manages the routing of ${deployment}`,
			};
		const former =
			rollbackWindow === 0
				? []
				: await store.findFormerBuilds(deployment, rollbackWindow);
		const within = Date.now() - FAST_TRACK_MS;
		return {
			kind: "open" as const,
			rolloutId,
			baseBuild: inheritedBase ?? routing.currentBuild,
			manager: routing.manager,
			isFastTrack: former.some(
				({ build, untilMs }) => build === targetBuild && untilMs >= within,
			),
			httpBefore:
				spec.strategy === "blueGreen"
					? ((await httpSwitch?.current()) ?? null)
					: null,
		};
	}
}

function orChanged(error: unknown): null {
	if (hasCode(error, "ROUTING_CHANGED")) return null;
	throw error;
}

export function createReleaseManager({ engine }: Pick<SteerDeps, "engine">) {
	/** Others may change the routing again. Safe to retry. */
	return async function leaveRouting(deployment: string): Promise<void> {
		await engine.releaseRouting(deployment);
	};
}

export function createRunSmokePlan({ engine }: Pick<SteerDeps, "engine">) {
	/** Safe to retry: under its id the plan runs once. */
	return async function runSmokePlan(request: SmokePlan) {
		return await whileHeartbeating(() => engine.runSmokePlan(request));
	};
}

export function createCheckHttp({ httpSwitch }: Pick<SteerDeps, "httpSwitch">) {
	/** Safe to retry: reads only. */
	return async function checkHttp({
		side,
		build,
	}: {
		side: HttpSide;
		build: string;
	}) {
		const nothing = { healthy: true, detail: "nothing to switch" };
		return await whileHeartbeating(
			async () => (await httpSwitch?.check(side, build)) ?? nothing,
		);
	};
}

export function createSwitchHttp({
	httpSwitch,
}: Pick<SteerDeps, "httpSwitch">) {
	/** Safe to retry: switching twice is switching once. */
	return async function switchHttp(side: HttpSide): Promise<void> {
		await whileHeartbeating(async () => await httpSwitch?.switchTo(side));
	};
}

export interface Triage {
	restarted: number;
	moved: number;
	draining: number;
	/** Could neither be begun again nor moved now. */
	failed: number;
	/** Not looked at: a round is bounded, and some that wait may be another build's. Absent: from an earlier build. */
	unseen?: number;
}

/** Plans that one round looks at: of the candidate's, and of those that no build has begun. */
const MOST_SEEN = 5_000;
/** Begun again or moved in one round, those included with which it fails. */
const MOST_TRIED = 500;
/** Of an attempt's time: what was counted is lost when it ends without an answer, and the next meets the same plans. */
const TIME_TO_TRY = 2 / 3;

export function createTriagePlans({ engine }: Pick<SteerDeps, "engine">) {
	/**
	 * Open plans of the candidate, each once: nothing published, begun again on the base; fails its tasks, moved
	 * there with its history; else it ends where it is. Safe to retry: a plan that left the candidate is not listed.
	 */
	return async function triagePlans({
		spec,
		baseBuild,
	}: RolloutState): Promise<Triage> {
		return await whileHeartbeating(async ({ signal, timeoutMs }) => {
			const untilMs = Date.now() + TIME_TO_TRY * timeoutMs;
			const { deployment, targetBuild } = spec;
			const { plans, unseen } = await engine.listOpenPlans(
				deployment,
				targetBuild,
				MOST_SEEN,
				signal,
			);
			const counts = { restarted: 0, moved: 0, draining: 0, failed: 0, unseen };
			for (const [at, plan] of plans.entries()) {
				signal.throwIfAborted();
				const tried = counts.restarted + counts.moved + counts.failed;
				if (tried >= MOST_TRIED || Date.now() >= untilMs) {
					counts.unseen += plans.length - at;
					break;
				}
				const what = !plan.hasPublished
					? "restarted"
					: plan.isBroken
						? "moved"
						: "draining";
				try {
					if (what === "restarted")
						await engine.restartPlan(plan, baseBuild ?? "");
					if (what === "moved") await engine.movePlan(plan, baseBuild ?? "");
					counts[what] += 1;
				} catch (error) {
					if (hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
					counts.failed += 1;
				}
			}
			return counts;
		});
	};
}

export function createCountOpen({ engine }: Pick<SteerDeps, "engine">) {
	/** Open plans of a build. Safe to retry: reads only. */
	return async function countOpenPlans({
		deployment,
		build,
	}: {
		deployment: string;
		build: string;
	}) {
		return await whileHeartbeating(() =>
			engine.countOpenPlans(deployment, build),
		);
	};
}

export function createRecordRollout({
	store,
	publisher,
}: Pick<SteerDeps, "store" | "publisher">) {
	/** Stores the state, then publishes its events. At-least-once: readers drop repeats by `event_id`. */
	return async function recordRollout(state: RolloutState): Promise<void> {
		const { unsent } = state;
		await store.keepState(state, unsent);
		if (unsent.length === 0) return;
		await publisher.publishRolloutEvents(
			unsent.map((event) => eventRecord(state, event)),
		);
	};
}
