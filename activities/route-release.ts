import type { ReleaseRouting } from "../src/domain/rollout/routing.ts";
import {
	isSameRouting,
	type RolloutState,
	routingOf,
	type WantedRouting,
} from "../src/domain/rollout/state.ts";
import { hasCode } from "../src/errors.ts";
import type { BuildRouting, RolloutEngine } from "../src/rollout/ports.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export interface ReleaseWriter {
	/** What whoever starts plans knows of the release. Safe to repeat. */
	writeRelease(
		body: ReleaseRouting,
		by: { actor: string; reason: string },
	): Promise<void>;
}

export interface RouteDeps {
	engine: RolloutEngine;
	release: ReleaseWriter;
}

export type Routed =
	| {
			kind: "routed";
			askedAtMs: number;
			inForceAtMs: number;
			manager: string | null;
			/** Of a rollback: what whoever reads of it must know. */
			warning?: string;
	  }
	/** By somebody else: nothing was done. */
	| { kind: "changed"; message: string };

export interface RouteRequest {
	/** As it should be afterwards. */
	state: RolloutState;
	/** What may be found; null: whatever it is, it is taken over. */
	from: readonly WantedRouting[] | null;
	actor: string;
	reason: string;
}

export function createRouteRelease({ engine, release }: RouteDeps) {
	/**
	 * Brings the routing to what the state wants, unless somebody else has changed it. Safe to retry: what is in
	 * force already is not done again. More traffic is announced to whoever starts plans before it comes; that there
	 * is none is told by `tellRelease`, so that a rollback waits for no MongoDB.
	 */
	return async function routeRelease(request: RouteRequest): Promise<Routed> {
		return await whileHeartbeating(() => route(request));
	};

	async function route({
		state,
		from,
		actor,
		reason,
	}: RouteRequest): Promise<Routed> {
		const { deployment } = state.spec;
		const wanted = routingOf(state);
		const tell = () =>
			release.writeRelease(releaseOf(state), { actor, reason });
		const found =
			from === null
				? await engine.claimRouting(deployment, true)
				: await engine.readRouting(deployment);
		const isDone = isSameRouting(found, wanted);
		const isExpected = from?.some((one) => isSameRouting(found, one)) ?? true;
		if (!isDone && !isExpected) return changed(found);
		// Perhaps by a panic that found the routing as it is now: whoever starts plans is not told of more.
		if (from !== null && state.weight > 0 && isTakenOver(state, found))
			return changed(found);
		if (state.weight > 0) await tell();
		const askedAtMs = Date.now();
		const routed = async ({ manager }: BuildRouting): Promise<Routed> => {
			const inForceAtMs = Date.now();
			const warning = state.isUndoing ? await warningOf(state) : undefined;
			return {
				...{ kind: "routed", askedAtMs, inForceAtMs, manager },
				...(warning !== undefined && { warning }),
			};
		};
		// Back to the old build in any case: plans that wait for its workers are better off than those that go wrong.
		const to = { ...wanted, isForced: state.isUndoing };
		try {
			return await routed(isDone ? found : await change(found, to));
		} catch (error) {
			if (!hasCode(error, "ROUTING_CHANGED")) throw error;
			const now = await engine.readRouting(deployment);
			if (isSameRouting(now, wanted)) return await routed(now);
			// A build that came or went moves the token, and nothing else.
			const isOnlyToken = now.manager === found.manager && sameAs(now, found);
			if (!isOnlyToken) return changed(now);
			return await routed(await change(now, to));
		}
	}

	/** Undefined also where nobody can tell: a rollback does not fail for it. */
	async function warningOf({
		spec,
		baseBuild,
	}: RolloutState): Promise<string | undefined> {
		if (baseBuild === null) return undefined;
		const workers = await engine
			.readWorkers(spec.deployment, baseBuild)
			.catch(() => undefined);
		if (workers?.pollers !== 0) return undefined;
		return `the base ${baseBuild} has no workers: new plans wait for them`;
	}

	async function change(
		{ deployment, token, currentBuild }: BuildRouting,
		{
			current,
			ramping,
			weight,
			isForced,
		}: WantedRouting & { isForced: boolean },
	): Promise<BuildRouting> {
		const at = { deployment, token };
		if (currentBuild === current)
			return await engine.setRamp({ ...at, build: ramping, weight });
		const routing = await engine.setCurrent({
			...{ ...at, build: current, isForced },
		});
		if (isSameRouting(routing, { current, ramping, weight })) return routing;
		return await engine.setRamp({
			...at,
			token: routing.token,
			build: ramping,
			weight,
		});
	}
}

/** By somebody whom this rollout has not met. */
function isTakenOver(state: RolloutState, { manager }: BuildRouting): boolean {
	if (state.manager === null || manager === null) return false;
	return manager !== state.manager;
}

function sameAs(now: BuildRouting, found: BuildRouting): boolean {
	return isSameRouting(now, {
		...{ current: found.currentBuild, ramping: found.rampingBuild },
		weight: found.rampWeight,
	});
}

export function createTellRelease({ release }: Pick<RouteDeps, "release">) {
	/** Tells whoever starts plans what the state says. Safe to retry. */
	return async function tellRelease(state: RolloutState): Promise<void> {
		const { actor, message: reason } = state;
		await whileHeartbeating(() =>
			release.writeRelease(releaseOf(state), { actor, reason }),
		);
	};
}

function changed(now: BuildRouting): Routed {
	const ramp =
		now.rampingBuild === null
			? "no ramp"
			: `${now.rampWeight} % to ${now.rampingBuild}`;
	const message = `the routing was changed by ${now.lastModifiedBy}: current ${now.currentBuild ?? "unversioned"}, ${ramp}, managed by ${now.manager ?? "nobody"}`;
	return { kind: "changed", message };
}

function releaseOf({
	rolloutId,
	spec,
	baseBuild,
	weight,
	isPromoted,
}: RolloutState): ReleaseRouting {
	const { deployment, targetBuild, stickiness } = spec;
	const { by, salt, allow, deny } = stickiness;
	return {
		// With everything on one build there is no release any more.
		...{ rollout_id: rolloutId, deployment, weight: weight % 100 },
		...{ base_build: baseBuild ?? "", candidate_build: targetBuild },
		...{ sticky_by: by, salt: salt ?? rolloutId, allow, deny },
		...(isPromoted && { is_promoted: true }),
	};
}
