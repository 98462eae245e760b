import {
	CancellationScope,
	condition,
	isCancellation,
	sleep,
} from "@temporalio/workflow";
import { pause } from "../../src/domain/rollout/commands.ts";
import {
	enter,
	note,
	type RolloutState,
	routingOf,
	stepOf,
} from "../../src/domain/rollout/state.ts";
import { bounded, type Control, orWhy, smokeActivity } from "./control.ts";
import { route, waitFor } from "./routing.ts";
import { end } from "./undo.ts";

/** Takes the routing over, and begins the first step. */
export async function open(control: Control): Promise<void> {
	const { state } = control;
	const opened = await orWhy(bounded.openRollout(state));
	if ("fault" in opened) return waitFor(state, opened.fault);
	if (opened.kind === "changed") return giveUp(state, opened.message);
	const { baseBuild, manager, isFastTrack, httpBefore } = opened;
	Object.assign(state, { baseBuild, manager, isFastTrack });
	if (state.spec.strategy === "blueGreen") state.httpBefore = httpBefore;
	const { targetBuild } = state.spec;
	if (baseBuild === null)
		return giveUp(
			state,
			"the deployment has no current build to compare with and to go back to",
		);
	if (baseBuild === targetBuild)
		return giveUp(state, `build ${targetBuild} is current already`);
	state.wanted = routingOf(state);
	const promotion = state.spec.steps.findIndex(
		({ kind }) => kind === "promote",
	);
	if (isFastTrack)
		state.message = "was current a short while ago: steps are skipped";
	const isSmoked = state.spec.steps[0]?.kind === "smoke";
	const skipsSteps = isFastTrack || (state.spec.dryRun && !isSmoked);
	await goTo(control, skipsSteps ? promotion : 0);
}

/** Nothing has been touched: there is nothing to undo. */
function giveUp(state: RolloutState, message: string): void {
	enter(state, "RollingBack", message);
	state.endsAs = "Cancelled";
}

/** The step is passed: begins the next one. */
export async function advance(control: Control): Promise<boolean> {
	const { state } = control;
	const { stepIndex, spec } = state;
	const promotion = spec.steps.findIndex(({ kind }) => kind === "promote");
	const isDue = stepIndex === promotion && !state.isPromoted;
	// A dry run has no traffic to look at.
	const next = spec.dryRun || isDue ? promotion : stepIndex + 1;
	const hasBegun = await goTo(control, next);
	if (hasBegun) noteStep(state, stepIndex);
	return hasBegun;
}

function noteStep(state: RolloutState, index: number): void {
	const of = state.spec.steps.length;
	note(state, "StepCompleted", Date.now(), { step: index + 1, of });
}

/** Whether the step has begun; else the caller asks again later. */
async function goTo(control: Control, stepIndex: number): Promise<boolean> {
	const { state } = control;
	const step = state.spec.steps[stepIndex];
	const begin = () => {
		Object.assign(state, { stepIndex, stepSinceMs: Date.now() });
	};
	switch (step?.kind) {
		case undefined:
			return await finish(control);
		case "smoke":
			begin();
			enter(state, "Smoke", "smoke plans run on the candidate alone");
			return true;
		case "approve":
			begin();
			pause(state, "ApprovalNeeded", "waits for an approval", Date.now());
			return true;
		case "promote":
			begin();
			enter(state, "Promoting", "the candidate becomes current");
			return true;
		case "ramp":
			if (!(await route(control, { weight: step.weight }))) return false;
			begin();
			enter(
				state,
				"Progressing",
				`${step.weight} % of new plans run on the candidate`,
			);
			note(state, "AnalysisStarted", Date.now(), { step: stepIndex + 1 });
			return true;
		case "verify":
			if (!(await route(control, { weight: 100 - step.holdback })))
				return false;
			begin();
			enter(
				state,
				"Verifying",
				`${step.holdback} % of new plans stay on the old build, as a control`,
			);
			note(state, "AnalysisStarted", Date.now(), { step: stepIndex + 1 });
			return true;
	}
}

/** Smoke plans run on the candidate alone; any command interrupts them. */
export async function smoke(control: Control): Promise<void> {
	const { state, queue } = control;
	const step = stepOf(state);
	if (step?.kind !== "smoke" || state.isSmoked)
		return void (await advance(control));
	const { deployment, targetBuild: build } = state.spec;
	const { timeoutMs } = step;
	const run = smokeActivity(timeoutMs);
	const scope = new CancellationScope();
	const ended = scope.run(() =>
		Promise.all(
			step.plans.map(async (shape) => {
				const planId = `smoke-${state.rolloutId}-${shape}`;
				const end = await orWhy(
					run({ deployment, build, planId, shape, timeoutMs }),
				);
				return { shape, ...end };
			}),
		),
	);
	const interrupted = condition(() => queue.length > 0).then(() => undefined);
	const results = await Promise.race([ended, interrupted]);
	if (results === undefined) {
		scope.cancel();
		return await ended.then(() => undefined, ignoreCancellation);
	}
	const bad = results.find((one) => "fault" in one || one.status !== "SUCCESS");
	if (bad === undefined) {
		state.isSmoked = true;
		note(state, "SmokePassed", Date.now(), { plans: step.plans });
		return void (await advance(control));
	}
	const why = "fault" in bad ? bad.fault : `${bad.status}: ${bad.detail}`;
	fail(state, `smoke plan ${bad.shape} did not succeed: ${why}`);
	note(state, "SmokeFailed", Date.now(), { shape: bad.shape, rule: "R5", why });
}

function ignoreCancellation(error: unknown): void {
	if (!isCancellation(error)) throw error;
}

function fail(state: RolloutState, message: string): void {
	enter(state, "RollingBack", message);
}

const CHECKS_IN_A_ROW = 3;
const MAX_CHECKS = 30;
const BETWEEN_CHECKS = "1s";

/** The candidate becomes current, for plans first and then for HTTP requests. */
export async function promote(control: Control): Promise<void> {
	const { state } = control;
	const { httpBefore, spec } = state;
	const side = httpBefore === "blue" ? "green" : "blue";
	if (httpBefore !== null && !state.isHttpSwitched) {
		const fault = await awaitHealth(control, side);
		if (fault !== undefined)
			return fail(state, `the new instance is not healthy: ${fault}`);
	}
	if (spec.dryRun) {
		const message =
			"dry run: everything but the switch went well, nothing was switched";
		return await end(control, "Healthy", message);
	}
	const isNew = !state.isPromoted;
	if (isNew) {
		if (!(await route(control, { isPromoted: true, weight: 100 }))) {
			await condition(() => control.queue.length > 0, "2s");
			return;
		}
	}
	if (httpBefore !== null && !state.isHttpSwitched) {
		const switched = await orWhy(bounded.switchHttp(side));
		// Perhaps it was switched all the same.
		state.isHttpSwitched = true;
		if (switched !== undefined)
			return fail(state, `HTTP could not be switched: ${switched.fault}`);
	}
	if (isNew)
		note(state, "RolloutPromoted", Date.now(), { build: spec.targetBuild });
	await verify(control);
}

const CONTROL_TRIES = 3;

/** The next step, or the end if the old build takes no plans as a control. */
async function verify(control: Control): Promise<void> {
	const { state, queue } = control;
	for (let tries = 0; tries < CONTROL_TRIES; tries += 1) {
		const isDone = await advance(control);
		if (isDone || state.phase !== "Promoting" || queue.length > 0) return;
		await condition(() => queue.length > 0, "2s");
	}
	note(state, "StepSkipped", Date.now(), { step: state.stepIndex + 2 });
	await finish(control);
}

/** Undefined when the instance was healthy three times in a row; else what was wrong. */
async function awaitHealth(
	control: Control,
	side: "blue" | "green",
): Promise<string | undefined> {
	const build = control.state.spec.targetBuild;
	let inARow = 0;
	let fault = "";
	for (
		let check = 0;
		check < MAX_CHECKS && control.queue.length === 0;
		check += 1
	) {
		const health = await orWhy(bounded.checkHttp({ side, build }));
		const isHealthy = !("fault" in health) && health.healthy;
		inARow = isHealthy ? inARow + 1 : 0;
		if (inARow === CHECKS_IN_A_ROW) return undefined;
		if (!isHealthy) fault = "fault" in health ? health.fault : health.detail;
		await sleep(BETWEEN_CHECKS);
	}
	return fault;
}

/** All went well: the old build loses what it kept, and others may change the routing. Whether it worked. */
export async function finish(control: Control): Promise<boolean> {
	const { state } = control;
	if (state.weight < 100 && !(await route(control, { weight: 100 })))
		return false;
	await end(control, "Healthy", `build ${state.spec.targetBuild} is current`);
	return true;
}
