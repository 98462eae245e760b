import {
	enterLook,
	isOurs,
	isWorthKeeping,
} from "../../src/domain/rollout/look.ts";
import type { Seen } from "../../src/domain/rollout/next-step.ts";
import type { RolloutState } from "../../src/domain/rollout/state.ts";
import { observeRollout, orWhy } from "./control.ts";

/** Looks once, and enters what was found. */
export async function observe(state: RolloutState): Promise<Seen> {
	const look = await orWhy(observeRollout({ ...state, unsent: [] }));
	if ("fault" in look) {
		state.unreadableLooks += 1;
		return { verdict: null, isOurs: null };
	}
	const { verdict, routing, atMs } = look;
	const isKept = verdict !== null && isWorthKeeping(verdict, state, atMs);
	enterLook(state, look, isKept);
	return { verdict, isOurs: routing === null ? null : isOurs(state, routing) };
}
