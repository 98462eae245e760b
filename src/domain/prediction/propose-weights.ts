import { createRandom } from "../seeded-random.ts";

/** A recorded choice of a worker, and what became of it. */
export interface RecordedChoice {
	plan_id: string;
	/** 0 to 1, of the ticket. */
	priority: number;
	agent_id: string;
	/** The best that were recorded, the chosen one among them. */
	candidates: readonly Candidate[];
	/** Time from publication to end over the predicted duration. */
	turnaround: number;
}

interface Candidate {
	agent_id: string;
	agent_score: number;
	/** `scoreRoom` of that moment: 1 is a fast worker with a free slot. */
	room: number;
}

/** What another weight would have done to the same tickets. */
export interface WeightOption {
	/** Of a worker's score in the composite; the rest is the priority's. */
	agent_weight: number;
	/** Tickets that would have gone to somebody else. */
	changed: number;
	/** Mean change of the log of the turnaround, below 0 is faster, with 90 % interval; null: nothing changes. */
	change: { mean: number; low: number; high: number } | null;
	verdict: "faster" | "slower" | "unclear" | "same";
}

export interface WeightProposal {
	current: number;
	/** Choices that could be replayed. */
	tickets: number;
	plans: number;
	options: WeightOption[];
	/** null: the data cannot tell, or the current one is best. */
	proposed: number | null;
	/** One sentence. */
	reason: string;
}

const OPTIONS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const RESAMPLES = 200;
/** Fewer say nothing. */
const LEAST_CHOICES = 200;
const LEAST_PLANS = 10;
const LEAST_CHANGED = 30;
/** A smaller gain than 1 % is none. */
const LEAST_GAIN = 0.01;
/** Choices that a worker's own effect is worth as much as everybody's after. */
const SHRINKAGE = 10;

/**
 * Replays recorded choices under other weights. Who would have been chosen follows from the record; how long the ticket would have
 * taken there is foretold from all outcomes: a mean effect of each worker, shrunk, and one of the room it had. Plans are drawn
 * again 200 times with everything fitted anew, which gives the interval. What a moved ticket does to those behind it is not in
 * it, and only the recorded candidates are known, so a proposal is a reason to try, not a promise. The same input gives the
 * same answer.
 */
export function proposeWeights(
	choices: readonly RecordedChoice[],
	current: number,
	seed = 15,
): WeightProposal {
	const usable = choices.filter(isUsable);
	const plans = [...Map.groupBy(usable, ({ plan_id }) => plan_id).values()];
	const weights = [...new Set([...OPTIONS, current])].sort((a, b) => a - b);
	const found = { current, tickets: usable.length, plans: plans.length };
	if (usable.length < LEAST_CHOICES || plans.length < LEAST_PLANS)
		return {
			...found,
			...{ options: [], proposed: null },
			reason: `the data cannot tell: ${usable.length} choices of ${plans.length} plans can be replayed, ${LEAST_CHOICES} of ${LEAST_PLANS} are needed`,
		};
	const options = replayAll(plans, weights, current, seed);
	const best = options
		.filter(({ verdict }) => verdict === "faster")
		.sort((a, b) => (a.change?.mean ?? 0) - (b.change?.mean ?? 0))[0];
	if (best === undefined)
		return { ...found, options, proposed: null, reason: whyNone(options) };
	const gain = -100 * (best.change?.mean ?? 0);
	return {
		...{ ...found, options, proposed: best.agent_weight },
		reason: `with ${best.agent_weight} tickets would have ended ${gain.toFixed(1)} % sooner; ${best.changed} of ${usable.length} would have gone to somebody else`,
	};
}

function isUsable({ candidates, turnaround, agent_id }: RecordedChoice) {
	return (
		candidates.length > 1 &&
		turnaround > 0 &&
		Number.isFinite(turnaround) &&
		candidates.every(({ room }) => room > 0 && Number.isFinite(room)) &&
		candidates.some((one) => one.agent_id === agent_id)
	);
}

function replayAll(
	plans: readonly RecordedChoice[][],
	weights: readonly number[],
	current: number,
	seed: number,
): WeightOption[] {
	const random = createRandom(seed);
	const others = weights.filter((weight) => weight !== current);
	const seats = new Map<string, number>();
	for (const { candidates } of plans.flat())
		for (const { agent_id } of candidates)
			if (!seats.has(agent_id)) seats.set(agent_id, seats.size);
	const replayed = plans.map((plan) => replayPlan(plan, others, seats));
	const whole = changesOf(replayed, others.length, seats.size);
	const drawn = Array.from({ length: RESAMPLES }, () =>
		changesOf(
			replayed.map(
				() => replayed[Math.floor(random() * replayed.length)] as Replayed,
			),
			others.length,
			seats.size,
		),
	);
	return others.map((agent_weight, at) => {
		const { mean = 0, changed = 0 } = whole[at] ?? {};
		if (changed === 0)
			return { agent_weight, changed, change: null, verdict: "same" };
		const sorted = drawn.map((one) => one[at]?.mean ?? 0).sort((a, b) => a - b);
		const low = sorted[Math.floor(0.05 * RESAMPLES)] ?? 0;
		const high = sorted[Math.ceil(0.95 * RESAMPLES) - 1] ?? 0;
		return {
			...{ agent_weight, changed, change: { mean, low, high } },
			verdict: judge(changed, mean, low, high),
		};
	});
}

function judge(
	changed: number,
	mean: number,
	low: number,
	high: number,
): WeightOption["verdict"] {
	if (changed < LEAST_CHANGED) return "unclear";
	if (high < 0 && mean < -LEAST_GAIN) return "faster";
	return low > 0 ? "slower" : "unclear";
}

function whyNone(options: readonly WeightOption[]): string {
	if (options.every(({ verdict }) => verdict === "same"))
		return "every weight would have chosen the same workers";
	return options.some(({ verdict }) => verdict === "unclear")
		? "the data cannot tell: no other weight is faster beyond doubt"
		: "the current weight is the best of those tried";
}

/** A worker by its number, and the log of what its missing room costs. */
type Seat = readonly [worker: number, x: number];

/** All of a plan that does not depend on what is fitted. */
interface Replayed {
	/** The log of each turnaround, and where it was. */
	seen: { at: Seat; y: number }[];
	/** By weight: from whom to whom tickets would have moved. */
	moves: { from: Seat; to: Seat }[][];
}

function replayPlan(
	plan: readonly RecordedChoice[],
	weights: readonly number[],
	seats: ReadonlyMap<string, number>,
): Replayed {
	const seatOf = ({ agent_id, room }: Candidate): Seat => [
		seats.get(agent_id) as number,
		-Math.log(room),
	];
	const owns = plan.map(({ agent_id, candidates }) =>
		candidates.find((one) => one.agent_id === agent_id),
	) as Candidate[];
	return {
		seen: plan.map(({ turnaround }, at) => ({
			at: seatOf(owns[at] as Candidate),
			y: Math.log(turnaround),
		})),
		moves: weights.map((weight) =>
			plan.flatMap(({ candidates, priority }, at) => {
				const own = owns[at] as Candidate;
				const other = choose(candidates, priority, weight);
				return other.agent_id === own.agent_id
					? []
					: [{ from: seatOf(own), to: seatOf(other) }];
			}),
		),
	};
}

/** For each weight: mean change of log turnaround over all choices, and how many change. */
function changesOf(
	plans: readonly Replayed[],
	weights: number,
	workers: number,
): { mean: number; changed: number }[] {
	const { slope, levels } = fit(plans, workers);
	const foretell = ([worker, x]: Seat) => (levels[worker] ?? 0) + slope * x;
	const total = plans.reduce((sum, { seen }) => sum + seen.length, 0);
	return Array.from({ length: weights }, (_, at) => {
		let sum = 0;
		let changed = 0;
		for (const { moves } of plans)
			for (const { from, to } of moves[at] ?? []) {
				sum += foretell(to) - foretell(from);
				changed += 1;
			}
		return { mean: sum / total, changed };
	});
}

/** The composite of the scheduler; the first of equals. */
function choose(
	candidates: readonly Candidate[],
	priority: number,
	weight: number,
): Candidate {
	const composite = ({ agent_score, room }: Candidate) =>
		(weight * agent_score + (1 - weight) * priority) * room;
	return candidates.reduce((best, one) =>
		composite(one) > composite(best) ? one : best,
	);
}

/** Least squares within workers for the room, then each worker's mean, shrunk towards that of all. */
function fit(
	plans: readonly Replayed[],
	workers: number,
): { slope: number; levels: Float64Array } {
	const [n, x, y] = [0, 1, 2].map(() => new Float64Array(workers)) as [
		Float64Array,
		Float64Array,
		Float64Array,
	];
	let within = 0;
	let along = 0;
	for (const { seen } of plans)
		for (const { at, y: own } of seen) {
			const [worker, room] = at;
			n[worker] = (n[worker] as number) + 1;
			x[worker] = (x[worker] as number) + room;
			y[worker] = (y[worker] as number) + own;
			within += room * room;
			along += room * own;
		}
	let count = 0;
	n.forEach((many, worker) => {
		if (many === 0) return;
		within -= (x[worker] as number) ** 2 / many;
		along -= ((x[worker] as number) * (y[worker] as number)) / many;
		count += many;
	});
	// Where room never varies, twice the wait is taken as twice the time.
	const slope = within < 1e-9 ? 1 : Math.min(2, Math.max(0, along / within));
	const residuals = y.map((sum, worker) => sum - slope * (x[worker] as number));
	const left = residuals.reduce((sum, one) => sum + one, 0) / count;
	const levels = residuals.map(
		(sum, worker) =>
			(sum + SHRINKAGE * left) / ((n[worker] as number) + SHRINKAGE),
	);
	return { slope, levels };
}
