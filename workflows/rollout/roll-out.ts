import {
	ApplicationFailure,
	allHandlersFinished,
	CancellationScope,
	condition,
	continueAsNew,
	defineQuery,
	defineUpdate,
	setHandler,
	workflowInfo,
} from "@temporalio/workflow";
import {
	allowedVerbs,
	applyCommand,
	type RolloutCommand,
	refusalOf,
} from "../../src/domain/rollout/commands.ts";
import {
	ROLLOUT_COMMAND_UPDATE,
	ROLLOUT_STATE_QUERY,
} from "../../src/domain/rollout/names.ts";
import { nextMove } from "../../src/domain/rollout/next-step.ts";
import {
	isOver,
	note,
	type Phase,
	type RolloutState,
} from "../../src/domain/rollout/state.ts";
import { advance, finish, open, promote, smoke } from "./act.ts";
import { bounded, type Control, orWhy, record } from "./control.ts";
import { carryOut } from "./decide.ts";
import { observe } from "./observe.ts";
import { setWeight } from "./routing.ts";
import { reclaim, rollBack, triageAgain } from "./undo.ts";

export interface RolloutRun {
	state: RolloutState;
	/** Rollouts before this one that are not yet recorded as they ended. */
	left?: RolloutState[];
}

/** While the candidate has traffic, and otherwise. */
const BUSY_LOOK_MS = 2_000;
const IDLE_LOOK_MS = 10_000;
const DRAIN_LOOK_MS = 30_000;
const MAX_DRAIN_MS = 86_400_000;

/**
 * One release of a deployment, from its first smoke plan to the end of the last plan of the build that goes:
 * observes, decides, acts, again and again. Only this loop changes the state; commands wait for their turn.
 */
export async function rollOut(run: RolloutRun): Promise<RolloutState> {
	// Temporal's own cancel would leave ramp and manager behind: a release is ended by its abort.
	return await CancellationScope.nonCancellable(() => play(run));
}

async function play({ state, left = [] }: RolloutRun): Promise<RolloutState> {
	const control: Control = {
		...{ state, queue: [], next: null, left: [...left] },
		...{ isRecording: false, isNew: false },
	};
	setHandlers(control);
	record(control);
	while (!isOver(state.phase)) {
		const before = { phase: state.phase, message: state.message };
		await takeTurn(control);
		if (state.phase !== before.phase || state.message !== before.message)
			record(control);
		if (shouldGoOn(control))
			await continueAsNew<typeof rollOut>({ state, left: control.left });
	}
	await drain(control);
	await answerTheLast(control);
	const { next } = control;
	if (next === null) return state;
	return await continueAsNew<typeof rollOut>({
		state: next,
		left: [...control.left, state],
	});
}

function shouldGoOn({ state, queue, next }: Control): boolean {
	return (
		workflowInfo().continueAsNewSuggested &&
		queue.length === 0 &&
		next === null &&
		!isOver(state.phase) &&
		allHandlersFinished()
	);
}

/** What is new is stored, and whoever asked is answered, before the run ends. */
async function answerTheLast(control: Control): Promise<void> {
	const { queue } = control;
	// The next release does not wait for MongoDB: it records the end of this one.
	const isRecorded = () => !control.isRecording || control.next !== null;
	const isQuiet = () => isRecorded() && allHandlersFinished();
	while (!isQuiet()) {
		await condition(() => queue.length > 0 || isQuiet());
		await obey(control);
	}
}

async function takeTurn(control: Control): Promise<void> {
	const { state, queue } = control;
	if (queue.length > 0) return await obey(control);
	switch (state.phase) {
		case "Pending":
			await open(control);
			if (state.phase === "Pending") await pauseLook(control, BUSY_LOOK_MS);
			return;
		case "Smoke":
			await smoke(control);
			if (state.phase === "Smoke") await pauseLook(control, BUSY_LOOK_MS);
			return;
		case "Promoting":
			return await promote(control);
		case "RollingBack":
			return await rollBack(control);
		default: {
			const seen = await observe(state);
			// A command that came meanwhile goes first, but never before a rollback.
			const move = nextMove(state, seen, Date.now());
			if (queue.length === 0 || move.kind === "rollBack")
				await carryOut(control, move);
			const isBusy = state.weight > 0;
			if (isLooking(state.phase))
				await pauseLook(control, isBusy ? BUSY_LOOK_MS : IDLE_LOOK_MS);
		}
	}
}

function isLooking(phase: Phase): boolean {
	return !["Promoting", "RollingBack"].includes(phase) && !isOver(phase);
}

async function pauseLook({ queue }: Control, ms: number): Promise<void> {
	await condition(() => queue.length > 0, ms);
}

/** Carries out the oldest command. */
async function obey(control: Control): Promise<void> {
	const { state, queue } = control;
	const item = queue.shift();
	if (item === undefined) return;
	const { command } = item;
	const refusal = taken(control) ?? refusalOf(state, command);
	if (refusal !== undefined) {
		item.answer = { refusal };
		return;
	}
	if (command.verb === "start") {
		control.next = { ...command.next, inheritedBase: state.baseBuild };
		if (isOver(state.phase)) control.next.inheritedBase = null;
	}
	const answer = () => {
		item.answer ??= { refusal: null };
	};
	if (!isOver(state.phase)) {
		const isDone = await runErrand(control, command, answer);
		if (!isDone) item.answer ??= { refusal: state.message };
	}
	// Somebody else took the routing meanwhile: first this rollout must be undone.
	if (!isOver(state.phase)) dropNext(control);
	answer();
	record(control);
}

/** The one that was to begin is over before it did. */
function dropNext(control: Control): void {
	const { next, state } = control;
	if (next === null) return;
	const message = `${state.rolloutId} could not be undone: ${state.message}`;
	const endedAtMs = Date.now();
	control.left.push({ ...next, phase: "Cancelled", message, endedAtMs });
	control.next = null;
}

function taken({ next }: Control): string | undefined {
	return next === null ? undefined : `rollout ${next.rolloutId} begins`;
}

/** Whether it is done; else the state's message says why not. */
async function runErrand(
	control: Control,
	command: RolloutCommand,
	answer: () => void,
): Promise<boolean> {
	const errand = applyCommand(control.state, command, Date.now());
	switch (errand.kind) {
		case "advance":
			return await advance(control);
		case "promote": {
			const { steps } = control.state.spec;
			control.state.stepIndex =
				steps.findIndex(({ kind }) => kind === "promote") - 1;
			return await advance(control);
		}
		case "finish":
			return await finish(control);
		case "reclaim":
			await reclaim(control);
			return true;
		case "setWeight":
			return await setWeight(control, errand.weight);
		case "rollBack":
			// It may take long, and it will be done.
			answer();
			await rollBack(control, errand.force);
			return true;
		case "none":
			return true;
	}
}

/** Looks until the last plan of the build that goes has ended, a day at most; a new release ends the wait. */
async function drain(control: Control): Promise<void> {
	const { state, queue } = control;
	const { deployment, targetBuild: target, dryRun } = state.spec;
	const build = state.phase === "Healthy" ? state.baseBuild : target;
	const untilMs = (state.endedAtMs ?? 0) + MAX_DRAIN_MS;
	while (control.next === null) {
		if (queue.length > 0) {
			await obey(control);
			continue;
		}
		if (build === null || !state.hadTraffic || dryRun) return;
		const open = await orWhy(bounded.countOpenPlans({ deployment, build }));
		if (open === 0) {
			state.drainedAtMs = Date.now();
			note(state, "DrainCompleted", state.drainedAtMs, { build });
			return record(control);
		}
		if (Date.now() > untilMs) return;
		if (state.phase !== "Healthy") await triageAgain(control);
		await pauseLook(control, DRAIN_LOOK_MS);
		if (workflowInfo().continueAsNewSuggested && queue.length === 0)
			await continueAsNew<typeof rollOut>({ state, left: control.left });
	}
}

function setHandlers(control: Control): void {
	setHandler(
		defineQuery<RolloutState>(ROLLOUT_STATE_QUERY),
		() => control.state,
	);
	setHandler(
		defineUpdate<RolloutState, [RolloutCommand]>(ROLLOUT_COMMAND_UPDATE),
		async (command) => {
			const item: Control["queue"][number] = { command, answer: null };
			control.queue.push(item);
			await condition(() => item.answer !== null);
			const refusal = item.answer?.refusal ?? null;
			if (refusal !== null) throw refused(control.state, refusal);
			return control.state;
		},
		{
			validator(command) {
				const { state } = control;
				const refusal = taken(control) ?? refusalOf(state, command);
				if (refusal !== undefined) throw refused(state, refusal);
			},
		},
	);
}

function refused(state: RolloutState, message: string): ApplicationFailure {
	const details = [{ allowed: allowedVerbs(state) }];
	return ApplicationFailure.create({
		type: "COMMAND_REFUSED",
		message,
		details,
		nonRetryable: true,
	});
}
