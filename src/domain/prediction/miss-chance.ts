import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { createNormals } from "../seeded-random.ts";
import { quantileOfSorted } from "./quantiles.ts";

/** What is known of a ticket's duration, whole ms, as the plan's predictions carry it. */
export type Quantiles = readonly [p10Ms: number, p50Ms: number, p90Ms: number];

export interface MissQuestion {
	/** The same question has the same answer. */
	seed: string;
	/** How many futures are drawn; absent: 500. */
	draws?: number;
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
	draws = DRAWS,
	tickets,
	leftMs,
}: MissQuestion): MissChance {
	const normal = createNormals(seedOf(seed));
	const shapes = tickets.map(({ quantiles }) => shapeOf(quantiles));
	const ends = new Float64Array(tickets.length);
	const finishes = new Float64Array(draws);
	for (let draw = 0; draw < draws; draw++) {
		const common = COMMON * normal();
		let last = 0;
		tickets.forEach(({ parents, ranMs }, at) => {
			let begins = 0;
			for (const parent of parents)
				begins = Math.max(begins, ends[parent] ?? 0);
			const rest = drawRest(shapes[at] as Shape, ranMs, common, normal);
			ends[at] = begins + rest;
			last = Math.max(last, ends[at] as number);
		});
		finishes[draw] = last;
	}
	finishes.sort();
	const at = (share: number) => Math.round(quantileOfSorted(finishes, share));
	const late = finishes.filter((ms) => ms > leftMs).length;
	return {
		chance: leftMs < 0 ? 1 : late / draws,
		p10_ms: at(0.1),
		p50_ms: at(0.5),
		p90_ms: at(0.9),
	};
}

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

function drawRest(
	{ median, below, above }: Shape,
	ranMs: number,
	common: number,
	normal: () => number,
): number {
	for (let attempt = 0; attempt < TRIES; attempt++) {
		const spread = common + OWN * normal();
		const drawn = Math.exp(
			median + (spread < 0 ? spread * below : stretched(spread) * above),
		);
		if (drawn > ranMs) return drawn - ranMs;
	}
	return Math.exp(median);
}

/** Leaves 0 and p90 where they are. */
function stretched(normal: number): number {
	return (normal * (1 + TAIL * normal ** 2)) / (1 + TAIL * P90_DEVIATIONS ** 2);
}

function seedOf(text: string): number {
	const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(text));
	return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
