import type { RolloutEventRecord } from "../../../schemas/rollout-event.ts";
import { allowedVerbs, type Verb } from "./commands.ts";
import type { Look } from "./look.ts";
import {
	isOver,
	type RolloutEvent,
	type RolloutState,
	stepOf,
} from "./state.ts";

/** A rollout as it is stored: what its controller knows, and what it last saw. */
export interface StoredRollout {
	state: RolloutState;
	/** null: nobody has looked yet. */
	look: Look | null;
}

const shown = [
	...(["rolloutId", "phase", "pauseReason", "message"] as const),
	...(["actor", "reason", "createdAtMs", "endedAtMs"] as const),
	...(["drainedAtMs", "baseBuild", "isFastTrack", "isPromoted"] as const),
	...(["weight", "spans", "verdict", "spec"] as const),
] as const;
type Shown = Pick<RolloutState, (typeof shown)[number]>;

/** A rollout as everybody reads it. */
export interface RolloutView extends Shown {
	deployment: string;
	targetBuild: string;
	/** From 1. */
	step: { number: number; of: number; kind: string; sinceMs: number };
	/** What may be asked of it now. */
	allowed: Verb[];
	live: Look["live"];
	routing: Look["routing"];
	workers: Look["workers"];
	/** What the last look could not read; null: it read everything. */
	unreadable: string | null;
	lookedAtMs: number | null;
	/** For how long nobody has looked, although somebody should; null: the controller is at work. */
	unwatchedForMs: number | null;
}

/** Three looks while the candidate has no traffic. */
const UNWATCHED_MS = 30_000;

export function viewOf(
	{ state, look }: StoredRollout,
	nowMs: number,
): RolloutView {
	const { spec, stepIndex, stepSinceMs, phase, createdAtMs } = state;
	const lookedAtMs = look?.atMs ?? null;
	const idleMs = nowMs - (lookedAtMs ?? createdAtMs);
	// Smoke plans and rollbacks take their time without a look.
	const isWatched = isOver(phase) || idleMs < UNWATCHED_MS;
	return {
		...(Object.fromEntries(shown.map((name) => [name, state[name]])) as Shown),
		...{ deployment: spec.deployment, targetBuild: spec.targetBuild },
		step: {
			...{ number: stepIndex + 1, of: spec.steps.length },
			...{ kind: stepOf(state)?.kind ?? "end", sinceMs: stepSinceMs },
		},
		allowed: allowedVerbs(state),
		...{ live: look?.live ?? null, routing: look?.routing ?? null },
		...{ workers: look?.workers ?? null, lookedAtMs },
		unreadable: look?.unreadable ?? null,
		unwatchedForMs: isWatched ? null : idleMs,
	};
}

/** The event as it goes to `rollout.events`. */
export function eventRecord(
	{ rolloutId, spec, baseBuild }: RolloutState,
	{ seq, type, atMs, actor, reason, data }: RolloutEvent,
): RolloutEventRecord {
	return {
		event_id: `${rolloutId}:${seq}`,
		...{ rollout_id: rolloutId, deployment: spec.deployment },
		...{ event_type: type, timestamp: new Date(atMs).toISOString() },
		...{ actor, reason, target_build: spec.targetBuild },
		...{ base_build: baseBuild, data },
	};
}
