import { DeadlineError, withinMs } from "../deadline.ts";
import type { ReleaseRouting } from "../domain/rollout/routing.ts";
import { isRetryable, OrchestratorError } from "../errors.ts";
import type { BuildRouting, RolloutEngine } from "./ports.ts";
import type { RoutingStore } from "./routing-store.ts";

export interface PanicRequest {
	deployment: string;
	/** Where all new plans go; absent: the base of the release under way. */
	build?: string;
	actor: string;
	reason: string;
}

export interface PanicAnswer {
	/** As it is in force now. */
	routing: BuildRouting;
	/** From the first call to the routing in force. */
	took_ms: number;
	/**
	 * Whether MongoDB has it, with actor and reason, so that whoever starts plans pins none to the candidate any
	 * more. False: MongoDB does not answer; Temporal's ramp is gone all the same.
	 */
	recorded: boolean;
}

export interface PanicDeps {
	engine: Pick<RolloutEngine, "readRouting" | "panic">;
	routing: Pick<RoutingStore, "readAll" | "change">;
}

/** MongoDB, which knows the base for certain, is not waited for longer. */
const PATIENCE_MS = 1_000;

/**
 * Takes all traffic from the candidate, at once: no workflow, no controller and no MongoDB is needed for it.
 * Throws ROUTING_REFUSED when nobody can tell which build is the base.
 */
export async function panicNow(
	{ engine, routing: store }: PanicDeps,
	{ deployment, build, actor, reason }: PanicRequest,
): Promise<PanicAnswer> {
	const startedAtMs = performance.now();
	const documents = await unlessAway(() =>
		withinMs(PATIENCE_MS, () => store.readAll()),
	);
	const known = documents?.release;
	const release =
		known?.body.deployment === deployment && known.body.weight > 0
			? known.body
			: undefined;
	const base =
		build ?? chooseBase(await engine.readRouting(deployment), release);
	const routing = await engine.panic(deployment, base);
	const took_ms = Math.round(performance.now() - startedAtMs);
	if (known === undefined || release === undefined)
		return { routing, took_ms, recorded: documents !== undefined };
	const written = await unlessAway(() =>
		store.change({
			subject: "release",
			body: { ...release, weight: 0 },
			expected: known.revision,
			nowMs: Date.now(),
			...{ actor, reason: `panic: ${reason}` },
		}),
	);
	return { routing, took_ms, recorded: written !== undefined };
}

/** The release knows. Without it: what ramps and never was current is a candidate, and what is current the base. */
export function chooseBase(
	{ deployment, currentBuild, rampingBuild, builds }: BuildRouting,
	release: Pick<ReleaseRouting, "base_build"> | undefined,
): string {
	if (release !== undefined) return release.base_build;
	const ramping = builds.find(({ build }) => build === rampingBuild);
	if (currentBuild !== null && ramping?.wasCurrent === false)
		return currentBuild;
	const names = builds.map(({ build, status }) => `${build} (${status})`);
	throw new OrchestratorError(
		"ROUTING_REFUSED",
		`nobody can tell which build of ${deployment} is the stable one: name it. There are ${names.join(", ")}`,
	);
}

/** undefined: MongoDB does not answer, which must not hold anybody here. */
async function unlessAway<T>(work: () => Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		if (isRetryable(error) || error instanceof DeadlineError) return undefined;
		throw error;
	}
}
