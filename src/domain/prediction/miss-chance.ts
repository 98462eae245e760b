import { createNormals } from "../seeded-random.ts";
import { quantileOfSorted } from "./quantiles.ts";

/** What is known of a ticket's duration, whole ms, as the plan's predictions carry it. */
export type Quantiles = readonly [p10Ms: number, p50Ms: number, p90Ms: number];

export interface MissQuestion {
	/** The same question has the same answer. */
	seed: string;
	/** What has still to run; parents come before their children. */
	tickets: readonly {
		quantiles: Quantiles;
		/** Places of its parents in this list. */
		parents: readonly number[];
		/** How long it has been running already; 0: not started. */
		ranMs: number;
	}[];
	/** Time until the deadline; below 0: it has passed. */
	leftMs: number;
}

export interface MissChance {
	/** Of the draws, the share that ends after the deadline, 0 to 1. */
	chance: number;
	/** Time until everything has run, whole ms. */
	p10_ms: number;
	p50_ms: number;
	p90_ms: number;
}

const DRAWS = 500;
/** So many standard deviations of a normal number lie between its median and its 90 % point. */
const P90_DEVIATIONS = 1.281_55;
/**
 * Share of a ticket's variance that all tickets of a plan have in common: one slow hour, one new release of a tool.
 * Without it the errors of a long plan cancel out, and it looks more certain than plans are.
 */
const COMMON_SHARE = 0.15;
const COMMON = Math.sqrt(COMMON_SHARE);
const OWN = Math.sqrt(1 - COMMON_SHARE);
/** How much heavier than a log-normal's the upper tail is: durations beyond p90 often lie far beyond it. */
const TAIL = 0.3;
/** What has run so long beyond all we know will not end now: it is drawn so often, then taken to need its p50 again. */
const TRIES = 8;

/**
 * How likely the remaining work ends too late, workers being free: queues are not in it. Each ticket is drawn from a
 * log-normal with its own spread below and above the median and a heavier upper tail, given that it has already run so
 * long. How often plans really miss at each chance is measured by `bench -- --only prediction`.
 */
export function missChance({
	seed,
	tickets,
	leftMs,
}: MissQuestion): MissChance {
	const normal = createNormals(seedOf(seed));
	const commons = new Float64Array(DRAWS);
	for (let draw = 0; draw < DRAWS; draw++) commons[draw] = COMMON * normal();
	// Ticket by ticket, not draw by draw: plans are drawn seldom, and a long loop is compiled while it runs.
	const ends: Float64Array[] = [];
	const finishes = new Float64Array(DRAWS);
	for (const { quantiles, parents, ranMs } of tickets) {
		const own = new Float64Array(DRAWS);
		for (const parent of parents) raise(own, ends[parent]);
		addRests(own, { shape: shapeOf(quantiles), ranMs, commons, normal });
		raise(finishes, own);
		ends.push(own);
	}
	finishes.sort();
	const at = (share: number) => Math.round(quantileOfSorted(finishes, share));
	const late = finishes.filter((ms) => ms > leftMs).length;
	return {
		chance: leftMs < 0 ? 1 : late / DRAWS,
		p10_ms: at(0.1),
		p50_ms: at(0.5),
		p90_ms: at(0.9),
	};
}

/**
 * `missChance` of one ticket by itself, without drawing: how likely it ends after `leftMs`, given that it has already
 * run for `ranMs`. 0 to 1.
 */
export function lateChance(
	quantiles: Quantiles,
	{ ranMs, leftMs }: { ranMs: number; leftMs: number },
): number {
	if (leftMs < 0) return 1;
	const shape = shapeOf(quantiles);
	const still = chanceBeyond(shape, ranMs);
	const gaveUp = (1 - still) ** TRIES;
	const needsMedian = Math.exp(shape.median) > leftMs ? gaveUp : 0;
	if (still === 0) return needsMedian;
	const late = chanceBeyond(shape, ranMs + leftMs) / still;
	return (1 - gaveUp) * late + needsMedian;
}

/** How likely the ticket takes longer. */
function chanceBeyond({ median, below, above }: Shape, ms: number): number {
	if (ms <= 0) return 1;
	const distance = Math.log(ms) - median;
	if (distance < 0) return below === 0 ? 1 : upperTail(distance / below);
	return above === 0 ? 0 : upperTail(unstretched(distance / above));
}

/**
 * How likely a normal number lies above: half of the complementary error function (Press et al., Numerical Recipes in
 * C, second edition, 6.2: `erfcc`, a Chebyshev fit whose relative error is below 1.2e-7 everywhere).
 */
function upperTail(normal: number): number {
	const z = Math.abs(normal) / Math.SQRT2;
	const t = 1 / (1 + z / 2);
	const sum = ERFC.reduceRight((rest, factor) => factor + t * rest, 0);
	const half = (t * Math.exp(sum - z * z)) / 2;
	return normal < 0 ? 1 - half : half;
}

const ERFC: readonly number[] = [
	-1.265_512_23, 1.000_023_68, 0.374_091_96, 0.096_784_18, -0.186_288_06,
	0.278_868_07, -1.135_203_98, 1.488_515_87, -0.822_152_23, 0.170_872_77,
];

interface Shape {
	median: number;
	/** Standard deviations of the log below and above the median. */
	below: number;
	above: number;
}

function shapeOf([p10, p50, p90]: Quantiles): Shape {
	const median = Math.log(Math.max(1, p50));
	const below = median - Math.log(Math.max(1, Math.min(p10, p50)));
	const above = Math.log(Math.max(p90, p50, 1)) - median;
	return {
		median,
		below: below / P90_DEVIATIONS,
		above: above / P90_DEVIATIONS,
	};
}

/** Each at least what the other is. */
function raise(times: Float64Array, others: Float64Array | undefined): void {
	if (others === undefined) return;
	for (let draw = 0; draw < DRAWS; draw++)
		if ((others[draw] as number) > (times[draw] as number))
			times[draw] = others[draw] as number;
}

interface Draws {
	shape: Shape;
	ranMs: number;
	commons: Float64Array;
	normal: () => number;
}

/** Adds to each time how long the ticket still runs in that draw. */
function addRests(
	times: Float64Array,
	{ shape: { median, below, above }, ranMs, commons, normal }: Draws,
): void {
	for (let draw = 0; draw < DRAWS; draw++) {
		let restMs = 0;
		for (let tries = TRIES; restMs <= 0 && tries > 0; tries--) {
			const spread = (commons[draw] as number) + OWN * normal();
			const log =
				median + (spread < 0 ? spread * below : stretched(spread) * above);
			restMs = Math.exp(log) - ranMs;
		}
		times[draw] =
			(times[draw] as number) + (restMs > 0 ? restMs : Math.exp(median));
	}
}

const STRETCH = 1 + TAIL * P90_DEVIATIONS ** 2;

/** Leaves 0 and p90 where they are. */
function stretched(normal: number): number {
	return (normal * (1 + TAIL * normal ** 2)) / STRETCH;
}

/** The only real root of `stretched(normal) = value`: a cubic without a square, by hyperbolic functions. */
function unstretched(value: number): number {
	const angle = Math.asinh(1.5 * STRETCH * value * Math.sqrt(3 * TAIL)) / 3;
	return (2 / Math.sqrt(3 * TAIL)) * Math.sinh(angle);
}

/** FNV-1a of 32 bits (Fowler, Noll, Vo): a seed must differ, and need not be hard to foresee. */
function seedOf(text: string): number {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++)
		hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	return hash >>> 0;
}
