import { DeadlineError, withinMs } from "../deadline.ts";
import type {
	ReleaseRouting,
	RoutingDocument,
} from "../domain/rollout/routing.ts";
import { isRetryable, OrchestratorError } from "../errors.ts";
import type { BuildRouting, RolloutEngine } from "./ports.ts";
import { type RoutingStore, updateRouting } from "./routing-store.ts";

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

interface PanicDeps {
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
	const release = releaseOf(documents?.release, deployment)?.body;
	const base =
		build ?? chooseBase(await engine.readRouting(deployment), release);
	const routing = await engine.panic(deployment, base);
	const took_ms = Math.round(performance.now() - startedAtMs);
	const by = { actor, reason: `${PANIC_REASON}${reason}` };
	return { routing, took_ms, recorded: await record(store, deployment, by) };
}

const PANIC_REASON = "panic: ";

/** Whether the document was written by a panic. */
export function isPanic({ reason, body }: RoutingDocument<"release">): boolean {
	return reason.startsWith(PANIC_REASON) && body.weight === 0;
}

/** Intake pins no plan to the candidate any more. False: MongoDB does not answer. */
async function record(
	store: PanicDeps["routing"],
	deployment: string,
	by: { actor: string; reason: string },
): Promise<boolean> {
	const done = await unlessAway(async () => {
		await updateRouting(store, "release", (release) => {
			const known = releaseOf(release, deployment);
			return known && { body: { ...known.body, weight: 0 }, ...by };
		});
		return true;
	});
	return done === true;
}

/** The deployment's release, if one is under way. */
function releaseOf(
	release: RoutingDocument<"release"> | undefined,
	deployment: string,
): RoutingDocument<"release"> | undefined {
	const isUnderWay =
		release?.body.deployment === deployment && release.body.weight > 0;
	return isUnderWay ? release : undefined;
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
