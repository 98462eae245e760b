import type { Attacker } from "../hostile/attacker.ts";
import type { FaultTerms } from "./evidence.ts";
import type { MixedPlan } from "./plan-mix.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What a fault has at hand while plans flow. */
export interface Scene {
	readonly world: World;
	readonly random: Random;
	/** Prefix of the names of everything this fault sends. */
	readonly name: string;
	readonly isShort: boolean;
	/** Days since 1970: what the short form takes one of, it takes by the day. */
	readonly day: number;
	/** Waits as long as the issue says, or a few seconds in the short form. */
	outage(ms: number): Promise<void>;
	/** Puts into the evidence what was written to do harm. */
	blame(attacker: Pick<Attacker, "records">): void;
	/** Notes when a plan was let run that had waited for it. */
	held(planId: string, atMs: number): void;
	/** Sends a plan beside the flow; it is in the evidence. */
	send(plan: MixedPlan): Promise<void>;
}

/** One thing that goes wrong: a file in `faults/` and a line in `fault-table.ts`. */
export interface Fault {
	readonly number: number;
	/** What it is asked for by, beside its number. */
	readonly name: string;
	readonly title: string;
	readonly terms: FaultTerms;
	/** How long the flow has to last to span the fault, beside its outages. */
	readonly flowMs: number;
	/** Of the flow in the short form, where three seconds would not span it. */
	readonly shortFlowMs?: number;
	/** What the short form takes on two idle cores, checks included: what the rotation reckons with. */
	readonly shortSeconds: number;
	/** All outages together, as long as the issue says. */
	readonly outageMs: number;
	/** How often each decision is sent. Default once. */
	readonly copies?: number;
	/** How many plans flow, of those of another fault. Default 1. */
	readonly plansRatio?: number;
	/**
	 * At most this part of the plans a second that the warm-up ended: a fault that sends work of its own finds a
	 * machine with room for it, and what is late then is late for another reason than a slow machine.
	 */
	readonly flowLoad?: number;
	/** What is made ready before anything flows, because it takes CPU that is not the system's. */
	prepare?(isShort: boolean): Promise<void>;
	/** Breaks something while plans flow, and mends it; resolves when everything runs again. */
	inject(scene: Scene): Promise<void>;
}

/** Of an outage in the short form. */
export const SHORT_OUTAGE_MS = 2_000;
