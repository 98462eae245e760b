import type { SimulatedPlan } from "./simulate-release.ts";

/** Somebody else's way to say that a candidate is worse, fed plan by plan; answers whether it has said so. */
export type Rival = (plan: SimulatedPlan) => boolean;

/** A fixed limit: more than 5 % of at least 20 plans of the candidate failed. */
export function createThreshold(): Rival {
	let [plans, failed] = [0, 0];
	return (plan) => {
		if (!plan.isCandidate) return false;
		plans += 1;
		failed += Number(plan.failed);
		return plans >= 20 && failed / plans > 0.05;
	};
}

/** The z-test of two shares, at 5 % (two-sided), looked at after every 25 plans. */
export function createPeekedZTest(): Rival {
	const plans = [0, 0];
	const failed = [0, 0];
	return (plan) => {
		const arm = Number(plan.isCandidate);
		plans[arm] = (plans[arm] ?? 0) + 1;
		failed[arm] = (failed[arm] ?? 0) + Number(plan.failed);
		const [base = 0, candidate = 0] = plans;
		if ((base + candidate) % 25 !== 0 || base === 0 || candidate === 0)
			return false;
		const [baseFailed = 0, candidateFailed = 0] = failed;
		const share = (baseFailed + candidateFailed) / (base + candidate);
		const deviation = Math.sqrt(
			share * (1 - share) * (1 / base + 1 / candidate),
		);
		const difference = candidateFailed / candidate - baseFailed / base;
		return difference > 1.96 * deviation && deviation > 0;
	};
}

const WINDOW = 50;
const WINDOWS_A_LOOK = 20;
/** Of the normal distribution, for a confidence of 98 %. */
const CONFIDENCE = 2.326;
const TOLERANCE = 0.25;

/**
 * Kayenta's classifier (NetflixACAJudge, MannWhitneyClassifier): both arms' error rates over windows of 50 plans
 * are samples; the candidate is "High" when the lower confidence limit of the shift between them (Hodges-Lehmann,
 * 98 %) exceeds a quarter of the shift. Windows without a plan of the arm are left out. Looked at every 20 windows.
 */
export function createMannWhitney(): Rival {
	const rates = { base: [] as number[], candidate: [] as number[] };
	const seen = [0, 0];
	const failed = [0, 0];
	let windows = 0;
	return (plan) => {
		const arm = Number(plan.isCandidate);
		seen[arm] = (seen[arm] ?? 0) + 1;
		failed[arm] = (failed[arm] ?? 0) + Number(plan.failed);
		if ((seen[0] ?? 0) + (seen[1] ?? 0) < WINDOW) return false;
		for (const [at, name] of (["base", "candidate"] as const).entries())
			if ((seen[at] ?? 0) > 0)
				rates[name].push((failed[at] ?? 0) / (seen[at] ?? 1));
		seen.fill(0);
		failed.fill(0);
		windows += 1;
		return windows % WINDOWS_A_LOOK === 0 && isHigh(rates);
	};
}

function isHigh({ base, candidate }: Record<"base" | "candidate", number[]>) {
	const shifts = new Float64Array(base.length * candidate.length);
	let at = 0;
	for (const one of candidate)
		for (const other of base) {
			shifts[at] = one - other;
			at += 1;
		}
	shifts.sort();
	const pairs = shifts.length;
	const total = base.length + candidate.length;
	const spread = CONFIDENCE * Math.sqrt((pairs * (total + 1)) / 12);
	const lower = shifts[Math.floor(pairs / 2 - spread)] ?? -1;
	const estimate = shifts[Math.floor(pairs / 2)] ?? 0;
	return lower > TOLERANCE * Math.abs(estimate);
}
