import {
	type ComparableOutcome,
	compareOutcome,
} from "../src/domain/rollout/compare-outcome.ts";
import { judge } from "../src/domain/rollout/judge.ts";
import type { Arm, LiveFacts } from "../src/domain/rollout/judgement.ts";
import {
	countsByWeight,
	isWorthKeeping,
	LATE_MS,
	type Look,
	spansToCount,
	windowOf,
} from "../src/domain/rollout/look.ts";
import { COUNT_LAG_MS, withoutEnded } from "../src/domain/rollout/overdue.ts";
import { demandsOf, type RolloutState } from "../src/domain/rollout/state.ts";
import { emptyTally, foldOutcomes } from "../src/domain/rollout/tally.ts";
import { OrchestratorError } from "../src/errors.ts";
import type { BuildWorkers, RolloutEngine } from "../src/rollout/ports.ts";

/** Ends of plans, as their workflows wrote them. */
export interface OutcomeReader {
	/** Outcomes of the rollout that were recorded at or after the instant. */
	readSince(rolloutId: string, sinceMs: number): Promise<ComparableOutcome[]>;
}

export interface LookKeeper {
	/** Stores that somebody looked, what was seen, and the verdict if it is worth it. Safe to repeat. */
	keepLook(
		state: RolloutState,
		look: Look,
		keepVerdict: boolean,
	): Promise<void>;
}

export interface ObserveDeps {
	engine: Pick<RolloutEngine, "readRouting" | "countPlans" | "readWorkers">;
	outcomes: OutcomeReader;
	looks: LookKeeper;
	/** Whether the error budget burns fast; null: it should be known, and is not. */
	budgetBurnsFast(): Promise<boolean | null>;
}

export function createObserveRollout(deps: ObserveDeps) {
	/**
	 * Looks once at routing, plans and workers, and judges. An outage is part of the answer, never an error.
	 * Safe to retry: it changes nothing but the record that somebody looked.
	 */
	return async function observeRollout(state: RolloutState): Promise<Look> {
		const atMs = Date.now();
		const faults: string[] = [];
		const attempt = <T>(work: () => Promise<T>) => orFault(work, faults);
		const [routing, workers, counts, ended, burns] = await Promise.all([
			attempt(() => deps.engine.readRouting(state.spec.deployment)),
			attempt(() => readWorkers(deps, state)),
			attempt(() => countPlans(deps, state, atMs)),
			attempt(() => readOutcomes(deps, state, atMs)),
			deps.budgetBurnsFast().catch(() => null),
		]);
		const look: Look = {
			...{ atMs, routing, workers, counts: counts ?? [] },
			tally: ended?.settled ?? state.tally,
			cursorMs: ended?.cursorMs ?? state.cursorMs,
			...{ live: null, verdict: null, unreadable: faults.join("; ") || null },
		};
		if (demandsOf(state) !== null)
			Object.assign(look, judgeLook(state, look, ended, burns));
		const { verdict } = look;
		const isKept = verdict !== null && isWorthKeeping(verdict, state, atMs);
		await attempt(() => deps.looks.keepLook(state, look, isKept));
		return { ...look, unreadable: faults.join("; ") || null };
	};
}

/** An outage is noted; a bug is thrown. */
async function orFault<T>(
	work: () => Promise<T>,
	faults: string[],
): Promise<T | null> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		faults.push(error.message);
		return null;
	}
}

async function readWorkers(
	{ engine }: ObserveDeps,
	{ spec, baseBuild }: RolloutState,
): Promise<Record<Arm, BuildWorkers>> {
	const [base, candidate] = await Promise.all([
		engine.readWorkers(spec.deployment, baseBuild ?? ""),
		engine.readWorkers(spec.deployment, spec.targetBuild),
	]);
	return { base, candidate };
}

async function countPlans(
	{ engine }: ObserveDeps,
	{ spec, baseBuild, spans, looks }: RolloutState,
	nowMs: number,
): Promise<Look["counts"]> {
	const builds = { base: baseBuild ?? "", candidate: spec.targetBuild };
	const counted = await Promise.all(
		spansToCount(spans, looks).map(async (index) => {
			const span = spans[index];
			const window = span && windowOf(span, nowMs);
			if (window === undefined) return [];
			const counts = await engine.countPlans({
				...{ deployment: spec.deployment, builds, ...window },
				matureBeforeMs: nowMs - spec.matureMs,
			});
			return [{ index, counts }];
		}),
	);
	return counted.flat();
}

/**
 * Folds outcomes for good once no earlier one can come; the rest are read again next time, so that one that is
 * stored late is seen, and none is counted twice.
 */
async function readOutcomes(
	{ outcomes }: ObserveDeps,
	{ rolloutId, spec, baseBuild, spans, tally, cursorMs }: RolloutState,
	nowMs: number,
) {
	const found = await outcomes.readSince(rolloutId, cursorMs);
	const nextMs = Math.max(cursorMs, nowMs - LATE_MS);
	const comparison = {
		builds: { base: baseBuild ?? "", candidate: spec.targetBuild },
		...{ spans, matureMs: spec.matureMs },
	};
	const compared = (isMeant: (outcome: ComparableOutcome) => boolean) =>
		found
			.filter(isMeant)
			.flatMap((outcome) => compareOutcome(outcome, comparison) ?? []);
	const isSettled = ({ recorded_at }: ComparableOutcome) =>
		recorded_at < nextMs;
	const settled = foldOutcomes(tally ?? emptyTally(), compared(isSettled));
	const all = foldOutcomes(
		settled,
		compared((outcome) => !isSettled(outcome)),
	);
	// The engine may still count them as open and overdue.
	const endedLate = compared(
		({ recorded_at, started_at }) =>
			recorded_at >= nowMs - COUNT_LAG_MS &&
			recorded_at - started_at >= spec.matureMs,
	);
	return { settled, all, cursorMs: nextMs, endedLate };
}

function judgeLook(
	state: RolloutState,
	look: Look,
	ended: Awaited<ReturnType<typeof readOutcomes>> | null,
	budgetBurnsFast: boolean | null,
): Pick<Look, "live" | "verdict"> {
	const step = demandsOf(state);
	if (step === null) return { live: null, verdict: null };
	const spans = state.spans.map((span, index) => {
		const counted = look.counts.find((one) => one.index === index);
		return counted === undefined ? span : { ...span, counts: counted.counts };
	});
	const beganMs = spans[0]?.fromMs ?? look.atMs;
	const live: LiveFacts = {
		starts: countsByWeight(spans, "started"),
		isSplitDrawn: isDrawnByPlan(state),
		overdue: withoutEnded(
			countsByWeight(spans, "overdue"),
			ended?.endedLate ?? [],
		),
		broken: countsByWeight(spans, "broken"),
		withoutPollersMs: byArm(look, ({ pollers, lastPollAgoMs }) =>
			pollers > 0
				? (lastPollAgoMs ?? 0)
				: (lastPollAgoMs ?? look.atMs - beganMs),
		),
		backlogAgeMs: byArm(look, ({ backlogAgeMs }) => backlogAgeMs),
		budgetBurnsFast,
		unreadableLooks: look.unreadable === null ? 0 : state.unreadableLooks + 1,
	};
	const tally = ended?.all ?? look.tally ?? emptyTally();
	return { live, verdict: judge({ tally, live, step, nowMs: look.atMs }) };
}

/**
 * Whether the split of plans says anything: those of one tenant go together, and listed ones where they must, so
 * that there nothing is expected of the numbers of plans.
 */
function isDrawnByPlan({ spec }: RolloutState): boolean {
	const { by, allow, deny } = spec.stickiness;
	return by === "plan" && allow.length + deny.length === 0;
}

function byArm(
	{ workers }: Look,
	read: (of: BuildWorkers) => number,
): Record<Arm, number> {
	if (workers === null) return { base: 0, candidate: 0 };
	return { base: read(workers.base), candidate: read(workers.candidate) };
}
