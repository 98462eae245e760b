import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { median } from "../src/domain/prediction/quantiles.ts";
import { formatTable } from "../stack/format-table.ts";
import { type BenchWorld, benchDirectory, type Rival } from "./bench-world.ts";
import { turnEverythingOn } from "./everything-on.ts";
import { ownCpuMs } from "./measure-usage.ts";
import type { PairOptions } from "./options.ts";
import { sourceRoot } from "./service.ts";
import { percentile, round } from "./statistics.ts";
import { type ClosedLoop, closedLoop } from "./throughput.ts";

/** Enough that both services always have work, and few enough that neither is saturated. */
const IN_FLIGHT = 16;
/** Where memory lies and what was compiled when stay as they fell while a process lives: no ratio rests on one start. */
const PAIRS_A_START = 2;

/** What is compared: each is lower when it is better. */
const measures = {
	"our CPU a plan, ms": (turn: ClosedLoop) => ownCpuMs(turn) / turn.plans,
	"Temporal's CPU a plan, ms": ({ cpuMs, plans }: ClosedLoop) =>
		cpuMs.temporal / plans,
	"time a plan, ms": ({ plansPerSecond }: ClosedLoop) => 1_000 / plansPerSecond,
	"p99 to tickets, ms": ({ p99ToTicketsMs }: ClosedLoop) => p99ToTicketsMs,
};

/**
 * Runs this code and a rival in turns on one stack, and prints for each measure the median of the paired ratios
 * (this code to the rival) with its quartiles. Times of one machine vary by a sixth from run to run; two turns
 * that follow each other see the same machine.
 */
export async function comparePairs(
	world: BenchWorld,
	options: PairOptions,
): Promise<void> {
	const { against, rivalEnv: env } = options;
	const root = against === undefined ? sourceRoot : checkOut(against);
	const rival = await world.openRival({ root, env } satisfies Rival);
	const measured: Pair[] = [];
	for (let left = options.pairs; left > 0; left -= PAIRS_A_START) {
		for (const side of [world, rival]) await turnEverythingOn(side);
		const pairs = Math.min(left, PAIRS_A_START);
		measured.push(...(await measurePairs(world, rival, { ...options, pairs })));
	}
	console.log(format(measured));
}

/** One turn of each side after the other. */
export interface Pair<Turn = ClosedLoop> {
	ours: Turn;
	theirs: Turn;
}

/**
 * Takes a turn of each side. The first of two finds other caches than the second, so each side is first in every
 * other pair; pairs are counted from 1.
 */
export async function takePair<Turn>(
	{
		pair,
		world,
		rival,
	}: Record<"world" | "rival", BenchWorld> & { pair: number },
	turn: (side: BenchWorld) => Promise<Turn>,
): Promise<Pair<Turn>> {
	const before = pair % 2 === 1 ? undefined : await turn(rival);
	const ours = await turn(world);
	return { ours, theirs: before ?? (await turn(rival)) };
}

/** Both sides in turns, each first in every other pair. */
export async function measurePairs(
	world: BenchWorld,
	rival: BenchWorld,
	{ pairs, turnSeconds }: Pick<PairOptions, "pairs" | "turnSeconds">,
): Promise<Pair[]> {
	const turn = (side: BenchWorld) => closedLoop(side, IN_FLIGHT, turnSeconds);
	// Compilers and connections have done their first work before anything is compared.
	await turn(rival);
	await turn(world);
	const measured: Pair[] = [];
	for (let pair = 1; pair <= pairs; pair += 1) {
		const taken = await takePair({ pair, world, rival }, turn);
		measured.push(taken);
		const { ours, theirs } = taken;
		world.say(
			`pair ${pair} of ${pairs}: ${round(ours.plansPerSecond)} and ${round(theirs.plansPerSecond)} plans/s`,
		);
	}
	return measured;
}

/** Of one measure, this side to the other. */
export function pairedRatios(
	measured: readonly Pair[],
	measure: keyof typeof measures,
) {
	const { ratio, ratios } = compare(measured, measures[measure]);
	const at = (share: number) => round(percentile(ratios, share));
	return { median: ratio, low: at(0.25), high: at(0.75) };
}

/** Medians of both sides and of the pairs' own ratios, and all of these. */
export function compare<Turn>(
	pairs: readonly Pair<Turn>[],
	read: (turn: Turn) => number,
) {
	const ratios = pairs.map(({ ours, theirs }) => read(ours) / read(theirs));
	return {
		ours: round(median(pairs.map(({ ours }) => read(ours)))),
		theirs: round(median(pairs.map(({ theirs }) => read(theirs)))),
		ratio: round(median(ratios)),
		ratios: ratios.map(round),
	};
}

function format(measured: readonly Pair[]): string {
	const names = Object.keys(measures) as (keyof typeof measures)[];
	const rows = names.map((name) => {
		const { ours, theirs } = compare(measured, measures[name]);
		const ratio = pairedRatios(measured, name);
		return [
			name,
			String(ours),
			String(theirs),
			`${ratio.median} (${ratio.low}-${ratio.high})`,
		];
	});
	return formatTable([
		["median", "this", "rival", "paired ratio (quartiles)"],
		...rows,
	]).join("\n");
}

/** The commit's files in a folder of their own, with the packages of this checkout. */
function checkOut(commit: string): string {
	const folder = path.join(benchDirectory, "against");
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const archive = execFileSync("git", ["archive", commit], {
		cwd: sourceRoot,
		maxBuffer: 256 * 1_048_576,
	});
	execFileSync("tar", ["-x", "-C", folder], { input: archive });
	symlinkSync(
		path.join(sourceRoot, "node_modules"),
		path.join(folder, "node_modules"),
	);
	return folder;
}
