import { judge } from "../src/domain/rollout/judge.ts";
import type { JudgedOutcome } from "../src/domain/rollout/judgement.ts";
import { emptyTally, foldOutcomes } from "../src/domain/rollout/tally.ts";
import { createRandom } from "../src/domain/seeded-random.ts";
import { formatTable } from "../stack/format-table.ts";
import {
	createMannWhitney,
	createPeekedZTest,
	createThreshold,
	type Rival,
} from "./rival-judges.ts";
import type { Scale } from "./scale.ts";
import {
	type SimulatedEnd,
	type SimulatedRelease,
	simulateRelease,
} from "./simulate-release.ts";
import { percentile, round } from "./statistics.ts";

const PLANS = 5_000;
const WEIGHTS = [5, 10, 25, 50];
const BASE_RATES = [0.01, 0.03, 0.05];
const OUTAGES = [
	{ from: 300, plans: 200, rate: 0.5 },
	{ from: 300, plans: 600, rate: 0.3 },
];
/** Others watch the first so many rollouts of each row, all to the last plan. */
const RIVAL_ROLLOUTS = 500;
/** With fewer the upper limit of a share says nothing. */
const ENOUGH_ROLLOUTS = 5_000;
/** Where regressions are found best. */
const RIVAL_WEIGHT = 25;

/** How often the judge is wrong and how soon it is right, by simulation with fixed seeds: needs no servers. */
export async function measureJudge(scale: Scale, say: (line: string) => void) {
	const rollouts = scale.judgedRollouts;
	const ramps = [
		...BASE_RATES.map((baseRate) => ({ baseRate })),
		...OUTAGES.map((outage) => ({ baseRate: 0.01, outage })),
	].map((kind) => {
		say(`judge: ${rollouts} ramps, ${describe(kind)}`);
		const release = { ...kind, risk: 1, weights: WEIGHTS, plans: PLANS };
		return { name: describe(kind), ...playMany(release, rollouts) };
	});
	const steady = BASE_RATES.flatMap((baseRate) =>
		WEIGHTS.map((weight) => {
			say(`judge: equal arms, ${describe({ baseRate })}, ${weight} %`);
			const release = { baseRate, risk: 1, weights: [weight], plans: PLANS };
			const name = `${describe({ baseRate })}, ${weight} %`;
			return { name, ...playMany(release, Math.ceil(rollouts / 5)) };
		}),
	);
	print(
		"false rollbacks with equal arms (and the upper 95 % limit)",
		[
			"",
			"rollouts",
			"judge",
			"at most",
			"by rule",
			"false pauses",
			"candidate > 5 %",
			"peeked z",
			"Mann-Whitney",
		],
		[...ramps, ...steady].map(falseRow),
	);
	const caught = catchRegressions(Math.ceil(rollouts / 10), say);
	const always = WEIGHTS.map((weight) => {
		const release = {
			baseRate: 0.01,
			risk: 100,
			weights: [weight],
			plans: PLANS,
		};
		const { ends } = playMany(release, Math.ceil(rollouts / 5), false);
		return [
			weight,
			percentile(
				ends.map((end) => end.candidatePlans),
				0.5,
			),
		] as const;
	});
	print(
		"candidate that always fails, base 1 %: its plans until it is out (median)",
		["weight", "plans"],
		always.map(([weight, plans]) => [`${weight} %`, String(plans)]),
	);
	const cost = measureCost();
	const worst = (rows: { upper: number }[]) =>
		Math.max(...rows.map(({ upper }) => upper)) * 100;
	return {
		caught,
		figures: {
			...(rollouts >= ENOUGH_ROLLOUTS && {
				judge_false_rollbacks_percent: worst(ramps.slice(0, 3)),
				judge_false_rollbacks_outage_percent: worst(ramps.slice(3)),
				judge_false_rollbacks_steady_percent: worst([pooled(steady)]),
			}),
			...Object.fromEntries(
				always.map(([weight, plans]) => [
					`judge_plans_until_out_${weight}`,
					plans,
				]),
			),
			judge_ms_per_100000: cost,
		},
	};
}

type Kind = Pick<SimulatedRelease, "baseRate" | "outage">;

function describe({ baseRate, outage }: Kind): string {
	const rate = `base ${round(baseRate * 100)} %`;
	return outage === undefined
		? rate
		: `${rate}, outage of both: ${percent(outage.rate)} of ${outage.plans} plans`;
}

interface Played {
	ends: SimulatedEnd[];
	rolledBack: number;
	/** Of its share, 95 %. */
	upper: number;
	rivals: Record<"threshold" | "zTest" | "mannWhitney", number>;
}

function playMany(
	release: Omit<SimulatedRelease, "seed">,
	rollouts: number,
	withRivals = true,
): Played {
	const ends: SimulatedEnd[] = [];
	const rivals = { threshold: 0, zTest: 0, mannWhitney: 0 };
	for (let rollout = 1; rollout <= rollouts; rollout += 1) {
		const isWatched = withRivals && rollout <= RIVAL_ROLLOUTS;
		const open: [keyof typeof rivals, Rival][] = [
			["threshold", createThreshold()],
			["zTest", createPeekedZTest()],
			["mannWhitney", createMannWhitney()],
		];
		const watch = (plan: Parameters<Rival>[0]) => {
			for (let at = open.length - 1; at >= 0; at -= 1) {
				const [name, rival] = open[at] as (typeof open)[0];
				if (!rival(plan)) continue;
				rivals[name] += 1;
				open.splice(at, 1);
			}
		};
		const seed = rollout * 7_919;
		ends.push(
			simulateRelease({ ...release, seed }, isWatched ? watch : undefined),
		);
	}
	const rolledBack = ends.filter(({ end }) => end === "rollback").length;
	return { ends, rolledBack, upper: upperLimit(rolledBack, rollouts), rivals };
}

function pooled(rows: readonly Played[]) {
	const rolledBack = rows.reduce((sum, row) => sum + row.rolledBack, 0);
	const rollouts = rows.reduce((sum, row) => sum + row.ends.length, 0);
	return { upper: upperLimit(rolledBack, rollouts) };
}

/** Wilson's upper limit of a share, 95 % (two-sided). */
function upperLimit(count: number, of: number): number {
	const z = 1.96;
	const share = count / of;
	const middle = share + (z * z) / (2 * of);
	const reach = z * Math.sqrt((share * (1 - share)) / of + (z / (2 * of)) ** 2);
	return (middle + reach) / (1 + (z * z) / of);
}

function falseRow({
	name,
	ends,
	rolledBack,
	upper,
	rivals,
}: Played & { name: string }): string[] {
	const of = ends.length;
	const byRule = new Map<string, number>();
	for (const { end, rule } of ends)
		if (end === "rollback") byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
	const paused = ends.filter(({ pauses }) => pauses.size > 0).length;
	return [
		name,
		String(of),
		percent(rolledBack / of),
		percent(upper),
		[...byRule].map(([rule, count]) => `${rule} ${count}`).join(" "),
		percent(paused / of),
		...[rivals.threshold, rivals.zTest, rivals.mannWhitney].map((said) =>
			percent(said / Math.min(of, RIVAL_ROLLOUTS)),
		),
	];
}

/** Median plans of all, and of the candidate, until it is rolled back; and how often it is within 5,000. */
function catchRegressions(rollouts: number, say: (line: string) => void) {
	const rows = [
		[0.01, 0.02],
		[0.01, 0.05],
		[0.01, 0.1],
		[0.05, 0.25],
		[0.05, 0.5],
		[0.01, 1],
	].map(([baseRate = 0, rate = 0]) => {
		say(
			`judge: ${rollouts} rollouts a weight, ${percent(baseRate)} to ${percent(rate)}`,
		);
		let others: number[] = [];
		const cells = WEIGHTS.map((weight) => {
			const risk = rate / baseRate;
			const release = { baseRate, risk, weights: [weight], plans: PLANS };
			const { ends, rolledBack, rivals } = playMany(
				release,
				rollouts,
				weight === RIVAL_WEIGHT,
			);
			if (weight === RIVAL_WEIGHT)
				others = [rivals.threshold, rivals.zTest, rivals.mannWhitney];
			const found = ends.filter(({ end }) => end === "rollback");
			const median = (pick: (end: SimulatedEnd) => number) =>
				percentile(found.map(pick), 0.5);
			return `${median(({ plans }) => plans)} / ${median(({ candidatePlans }) => candidatePlans)} (${Math.round((100 * rolledBack) / rollouts)} %)`;
		});
		const watched = Math.min(rollouts, RIVAL_ROLLOUTS);
		return [
			`${percent(baseRate)} to ${percent(rate)}`,
			...cells,
			...others.map((said) => percent(said / watched)),
		];
	});
	print(
		"plans until a regression is rolled back: all / of the candidate (found within 5,000); others at 25 %: found",
		[
			"",
			...WEIGHTS.map((weight) => `${weight} %`),
			...["candidate > 5 %", "peeked z", "Mann-Whitney"],
		],
		rows,
	);
	return rows;
}

/** Of folding 100,000 outcomes and judging them, ms. */
function measureCost(): number {
	const random = createRandom(1);
	const outcomes: JudgedOutcome[] = Array.from({ length: 100_000 }, () => ({
		arm: random() < 0.25 ? "candidate" : "base",
		weight: 25,
		failed: random() < 0.01,
		late: random() < 0.01,
		logRatio: random() - 0.5,
	}));
	const startedAtMs = performance.now();
	const tally = foldOutcomes(emptyTally(), outcomes);
	judge({
		tally,
		live: {
			starts: [{ weight: 25, base: tally.base, candidate: tally.candidate }],
			overdue: [],
			broken: [],
			withoutPollersMs: { base: 0, candidate: 0 },
			backlogAgeMs: { base: 0, candidate: 0 },
			budgetBurnsFast: false,
			unreadableLooks: 0,
		},
		step: {
			weight: 25,
			sinceMs: 0,
			soakMs: 0,
			minSample: 100,
			maxWaitMs: 1,
			maxAnalysisMs: 1,
			stepCount: 4,
			isLast: true,
		},
		nowMs: 1,
	});
	return performance.now() - startedAtMs;
}

function print(title: string, head: string[], rows: readonly string[][]): void {
	console.log(`\n${title}\n${formatTable([head, ...rows]).join("\n")}`);
}

function percent(share: number): string {
	return `${round(share * 100)} %`;
}
