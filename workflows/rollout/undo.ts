import { sleep } from "@temporalio/workflow";
import type { Triage } from "../../activities/steer-rollout.ts";
import { resume } from "../../src/domain/rollout/commands.ts";
import {
	CONTROLLER,
	enter,
	note,
	type RolloutState,
	withoutEvents,
} from "../../src/domain/rollout/state.ts";
import {
	bounded,
	brief,
	type Control,
	durable,
	orWhy,
	record,
	untilDone,
} from "./control.ts";
import { conflict, enterRouting } from "./routing.ts";

/** A person takes the routing back from whoever has it, and the rollout goes on. */
export async function reclaim(control: Control): Promise<void> {
	const { state } = control;
	if (state.isUndoing) {
		enter(state, "RollingBack", state.message);
		return await rollBack(control, true);
	}
	const { actor, message: reason } = state;
	const taken = await untilDone(control, () =>
		durable.routeRelease({
			state: withoutEvents(state),
			from: null,
			actor,
			reason,
		}),
	);
	if (taken.kind === "changed") return conflict(state, taken.message);
	state.manager = taken.manager;
	enterRouting(state, state, taken);
	resume(state, "the routing is this rollout's again", Date.now());
}

/**
 * Everything back as it was, HTTP first and then plans; then open plans of the candidate. `force` takes the
 * routing from whoever has it.
 */
export async function rollBack(control: Control, force = false): Promise<void> {
	const { state } = control;
	const why = state.message;
	let said = why;
	const beganMs = Date.now();
	state.isUndoing = true;
	// In reverse; but plans do not wait for a proxy that does not answer.
	await switchHttpBack(state, brief.switchHttp);
	const hasTouched =
		state.manager !== null && state.baseBuild !== null && !state.spec.dryRun;
	if (hasTouched) {
		const next = { ...withoutEvents(state), weight: 0, isPromoted: false };
		const from = force
			? null
			: [state.wanted, state.asked].filter((one) => one !== null);
		const { actor } = state;
		const routed = await untilDone(control, () =>
			durable.routeRelease({ state: next, from, actor, reason: why }),
		);
		if (routed.kind === "changed") return conflict(state, routed.message);
		enterRouting(state, next, routed);
		if (routed.warning !== undefined) said = `${why}; ${routed.warning}`;
		state.message = said;
		// By tenant or domain whoever starts plans sends them, and must know.
		if (state.spec.stickiness.by !== "plan") await tell(control);
		if (state.hadTraffic) await tidyUp(control, routed.inForceAtMs - beganMs);
		await tell(control);
		while (!(await switchHttpBack(state, durable.switchHttp)))
			await sleep(BETWEEN_ROUNDS);
	}
	state.message = said;
	state.isUndoing = false;
	await end(control, state.endsAs, said);
}

/** Whoever starts plans knows that the candidate gets none. */
async function tell(control: Control): Promise<void> {
	const { state } = control;
	await untilDone(control, () => durable.tellRelease(withoutEvents(state)));
}

/** Whether HTTP requests go where they went before. */
async function switchHttpBack(
	state: RolloutState,
	switchHttp: typeof durable.switchHttp,
): Promise<boolean> {
	const { httpBefore } = state;
	if (!state.isHttpSwitched || httpBefore === null) return true;
	if ((await orWhy(switchHttp(httpBefore))) !== undefined) return false;
	state.isHttpSwitched = false;
	return true;
}

async function tidyUp(control: Control, ms: number): Promise<void> {
	const { state } = control;
	const { inFlight, targetBuild: build } = state.spec;
	note(state, "RollbackCompleted", Date.now(), { ms, build });
	record(control);
	if (inFlight === "triage") await triage(control);
}

const MAX_ROUNDS = 20;
/** Plans that began while the ramp went are not visible at once. */
const BETWEEN_ROUNDS = "3s";

/** Rounds until one finds nothing to do; the second sees what began while the routing changed. */
async function triage(control: Control): Promise<void> {
	const { state } = control;
	const sum = { restarted: 0, moved: 0, draining: 0, failed: 0, unseen: 0 };
	for (let round = 0; round < MAX_ROUNDS; round += 1) {
		const found = await untilDone(control, () =>
			durable.triagePlans(withoutEvents(state)),
		);
		sum.restarted += found.restarted;
		sum.moved += found.moved;
		const { draining, failed, unseen = 0 } = found;
		Object.assign(sum, { draining, failed, unseen });
		if (round > 0 && found.restarted + found.moved === 0) break;
		await sleep(BETWEEN_ROUNDS);
	}
	noteTriage(state, sum);
}

/** Plans that broke since, or that nobody works on any more, one round. */
export async function triageAgain(control: Control): Promise<void> {
	const { state } = control;
	if (state.spec.inFlight !== "triage") return;
	const found = await orWhy(bounded.triagePlans(withoutEvents(state)));
	if ("fault" in found || found.restarted + found.moved === 0) return;
	noteTriage(state, found);
	record(control);
}

function noteTriage(state: RolloutState, found: Triage): void {
	const { unseen = 0 } = found;
	const rest = unseen > 0 ? `; ${unseen} open plans were not looked at` : "";
	const by = { actor: CONTROLLER, reason: `${state.message}${rest}` };
	note(state, "PlansTriaged", Date.now(), { ...found }, by);
}

export async function end(
	control: Control,
	phase: "Healthy" | "Degraded" | "Cancelled",
	message: string,
): Promise<void> {
	const { state } = control;
	const { deployment, dryRun } = state.spec;
	if (state.manager !== null && !dryRun)
		await untilDone(control, () => durable.leaveRouting(deployment));
	// Perhaps it was taken over without our knowing.
	else if (!dryRun) await orWhy(bounded.leaveRouting(deployment));
	state.manager = null;
	enter(state, phase, message);
	state.endedAtMs = Date.now();
	note(state, "RolloutCompleted", state.endedAtMs, { phase });
	record(control);
}
