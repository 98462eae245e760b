import { pause } from "../../src/domain/rollout/commands.ts";
import {
	changeWeight,
	closeSpan,
	note,
	openSpan,
	type RolloutState,
	routingOf,
	withoutEvents,
} from "../../src/domain/rollout/state.ts";
import { bounded, type Control, orWhy } from "./control.ts";

/** Changes the routing, unless somebody else did; some tries, so that rules come in between. */
export async function route(
	{ state }: Control,
	change: Partial<Pick<RolloutState, "weight" | "isPromoted">>,
): Promise<boolean> {
	if (state.spec.dryRun) return false;
	const next = { ...withoutEvents(state), ...change };
	// What was asked for before may be in force without our knowing.
	const from = [state.wanted, state.asked].filter((one) => one !== null);
	state.asked = routingOf(next);
	closeSpan(state, Date.now());
	const { actor, message: reason } = state;
	const routed = await orWhy(
		bounded.routeRelease({ state: next, from, actor, reason }),
	);
	if ("fault" in routed) {
		waitFor(state, routed.fault);
		return false;
	}
	if (routed.kind === "changed") {
		conflict(state, routed.message);
		return false;
	}
	enterRouting(state, next, routed);
	return true;
}

export function enterRouting(
	state: RolloutState,
	{ weight, isPromoted }: Pick<RolloutState, "weight" | "isPromoted">,
	{ askedAtMs, inForceAtMs }: { askedAtMs: number; inForceAtMs: number },
): void {
	state.isPromoted = isPromoted;
	if (weight !== state.weight)
		changeWeight(state, weight, askedAtMs, inForceAtMs);
	else openSpan(state, inForceAtMs);
	state.wanted = routingOf(state);
	state.asked = null;
}

export function conflict(state: RolloutState, message: string): void {
	note(state, "ManagerConflict", Date.now(), { message });
	closeSpan(state, state.oursAtMs ?? Date.now());
	pause(state, "ExternallyManaged", message, Date.now());
}

export function waitFor(state: RolloutState, fault: string): void {
	state.message = `waits, and tries again: ${fault}`;
}

/** A person's weight for the step at hand, whose time begins again. */
export async function setWeight(
	control: Control,
	weight: number,
): Promise<boolean> {
	const isDone = await route(control, { weight });
	if (isDone) control.state.stepSinceMs = Date.now();
	return isDone;
}
