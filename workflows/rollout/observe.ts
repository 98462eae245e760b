import {
	enterLook,
	isOurs,
	isWorthKeeping,
} from "../../src/domain/rollout/look.ts";
import type { Seen } from "../../src/domain/rollout/next-step.ts";
import {
	isSameRouting,
	openSpan,
	type RolloutState,
	withoutEvents,
} from "../../src/domain/rollout/state.ts";
import type { BuildRouting } from "../../src/rollout/ports.ts";
import { observeRollout, orWhy } from "./control.ts";

/** Looks once, and enters what was found. */
export async function observe(state: RolloutState): Promise<Seen> {
	const look = await orWhy(observeRollout(withoutEvents(state)));
	if ("fault" in look) {
		state.unreadableLooks += 1;
		return { verdict: null, isOurs: null };
	}
	const { verdict, routing, atMs } = look;
	const isKept = verdict !== null && isWorthKeeping(verdict, state, atMs);
	enterLook(state, look, isKept);
	if (routing !== null && isOurs(state, routing)) settle(state, routing, atMs);
	return { verdict, isOurs: routing === null ? null : isOurs(state, routing) };
}

/** The weight is in force, and known again after a change that failed. */
function settle(
	state: RolloutState,
	routing: BuildRouting,
	atMs: number,
): void {
	const { wanted, asked, spec, pauseReason } = state;
	state.oursAtMs = atMs;
	if (pauseReason === "ExternallyManaged" || wanted === null) return;
	if (asked !== null && spec.stickiness.by !== "plan") return;
	if (!isSameRouting(routing, wanted)) return;
	state.asked = null;
	openSpan(state, atMs);
}
