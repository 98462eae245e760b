import { decide } from "../src/domain/rollout/judge.ts";
import type {
	Arm,
	ArmCounts,
	JudgedOutcome,
	LiveFacts,
	StepDemands,
} from "../src/domain/rollout/judgement.ts";
import { see } from "../src/domain/rollout/seen.ts";
import { emptyTally, foldOutcomes } from "../src/domain/rollout/tally.ts";
import { createRandom } from "../src/domain/seeded-random.ts";

/** A release that is played through without servers: one plan every six seconds. */
export interface SimulatedRelease {
	/** Share of the base's plans that fail, and as many are late. */
	baseRate: number;
	/** How many times as often the candidate's fail; so often that all do: it always fails. */
	risk: number;
	/** Of the steps; a single step is never left. */
	weights: readonly number[];
	plans: number;
	/** Both arms go down alike: this share fails, in so many plans from one on. */
	outage?: { from: number; plans: number; rate: number };
	seed: number;
}

export interface SimulatedEnd {
	/** `none`: neither before the last plan. */
	end: "rollback" | "promoted" | "none";
	rule: string;
	plans: number;
	candidatePlans: number;
	pauses: Set<string>;
}

export interface SimulatedPlan {
	isCandidate: boolean;
	failed: boolean;
}

const PLAN_MS = 6_000;
const SOAK_PLANS = 100;
const SAMPLES = [30, 60, 100, 200];
/** Without a bad plan evidence does not move; splits and steps are looked at so often. */
const PLANS_A_LOOK = 100;
/** Of the error budget of 99 %, over the plans of an hour and of five minutes. */
const FAST_BURN = 14.4 * 0.01;
const HOUR = 600;
const FIVE_MINUTES = 50;
/** Of the plans of an outage, so many have failing workflow tasks until it is over. */
const BROKEN_RATE = 0.2;

/** Plays it until the judge ends it, and tells every plan to `watch`, who may go on watching to the last plan. */
export function simulateRelease(
	release: SimulatedRelease,
	watch?: (plan: SimulatedPlan) => void,
): SimulatedEnd {
	const { weights, plans, outage, baseRate, risk } = release;
	const random = createRandom(release.seed);
	const isRamp = weights.length > 1;
	const pauses = new Set<string>();
	const starts: ArmCounts[] = [];
	const recent = new Uint8Array(plans);
	let broken: ArmCounts[] = [];
	let tally = emptyTally();
	let waiting: JudgedOutcome[] = [];
	let [hour, fiveMinutes, candidatePlans, step, stepFrom] = [0, 0, 0, 0, 0];
	let end: SimulatedEnd | undefined;
	enter(0);

	for (let plan = 0; plan < plans; plan += 1) {
		const weight = weights[step] as number;
		const inOutage =
			outage !== undefined &&
			plan >= outage.from &&
			plan < outage.from + outage.plans;
		const isCandidate = random() * 100 < weight;
		const rate = inOutage ? outage.rate : baseRate * (isCandidate ? risk : 1);
		const failed = random() < rate;
		watch?.({ isCandidate, failed });
		if (end !== undefined) {
			if (watch === undefined) break;
			continue;
		}
		const late = random() < (inOutage ? outage.rate : baseRate);
		const arm = isCandidate ? "candidate" : "base";
		if (isCandidate) candidatePlans += 1;
		(starts.at(-1) as ArmCounts)[arm] += 1;
		// The sum of three is near enough to a normal distribution, with a deviation of a third.
		const logRatio = isRamp
			? (random() + random() + random() - 1.5) * 0.66
			: null;
		waiting.push({ arm, weight, failed, late, logRatio });
		countBad(plan, failed || late);
		if (!inOutage) broken = [];
		else if (random() < BROKEN_RATE) countBroken(weight, arm);
		if (failed || late || inOutage || plan % PLANS_A_LOOK === 0) look(plan);
	}
	return end ?? { end: "none", rule: "", plans, candidatePlans, pauses };

	function enter(next: number): void {
		step = next;
		starts.push({ weight: weights[step] as number, base: 0, candidate: 0 });
	}

	function countBroken(weight: number, arm: Arm): void {
		let entry = broken.find((one) => one.weight === weight);
		if (entry === undefined) {
			entry = { weight, base: 0, candidate: 0 };
			broken.push(entry);
		}
		entry[arm] += 1;
	}

	function countBad(plan: number, isBad: boolean): void {
		recent[plan] = Number(isBad);
		hour += Number(isBad) - (recent[plan - HOUR] ?? 0);
		fiveMinutes += Number(isBad) - (recent[plan - FIVE_MINUTES] ?? 0);
	}

	function look(plan: number): void {
		tally = foldOutcomes(tally, waiting);
		waiting = [];
		const demands = demandsAt();
		const nowMs = (plan + 1) * PLAN_MS;
		const live = liveAt(plan);
		const verdict = decide(see({ tally, live, step: demands, nowMs }));
		if (verdict.pauseReason !== null) pauses.add(verdict.pauseReason);
		const isPromoted = verdict.action === "advance" && demands.isLast;
		if (verdict.action === "rollback" || isPromoted)
			end = {
				end: isPromoted ? "promoted" : "rollback",
				rule: verdict.rule,
				plans: plan + 1,
				candidatePlans,
				pauses,
			};
		else if (verdict.action === "advance") {
			enter(step + 1);
			stepFrom = plan + 1;
		}
	}

	function demandsAt(): StepDemands {
		return {
			weight: weights[step] as number,
			sinceMs: stepFrom * PLAN_MS,
			soakMs: isRamp ? SOAK_PLANS * PLAN_MS : Infinity,
			minSample: SAMPLES[step] as number,
			maxWaitMs: Infinity,
			maxAnalysisMs: Infinity,
			stepCount: weights.length,
			isLast: step === weights.length - 1,
		};
	}

	function liveAt(plan: number): LiveFacts {
		const downMs =
			outage !== undefined && plan >= outage.from
				? Math.max(0, 60_000 - (plan - outage.from) * PLAN_MS)
				: 0;
		return {
			starts,
			overdue: [],
			broken,
			withoutPollersMs: { base: downMs, candidate: downMs },
			backlogAgeMs: { base: downMs, candidate: downMs },
			// All was well before the release.
			budgetBurnsFast:
				hour >= FAST_BURN * HOUR && fiveMinutes >= FAST_BURN * FIVE_MINUTES,
			unreadableLooks: 0,
		};
	}
}
