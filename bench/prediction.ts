import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { emptyCorrection } from "../src/domain/prediction/correction.ts";
import { predictTicket } from "../src/domain/prediction/predict.ts";
import { formatTable } from "../stack/format-table.ts";
import { makeHistory } from "../test/support/ticket-history.ts";
import { learningCurve, mustFit, walkForward } from "./prediction-accuracy.ts";
import {
	measureAnomalies,
	measureCalibration,
	measureDrift,
} from "./prediction-watch.ts";
import type { Scale } from "./scale.ts";
import { percentile, round } from "./statistics.ts";

/** The seed of the figures that are judged; others are shown. */
const JUDGED_SEED = 7;
const BATCH = 200;
const CURVE = [30, 100, 300, 1_000, 3_000, 10_000];

/** How well and how fast durations are foretold, on made histories with fixed seeds: needs no servers. */
export async function measurePrediction(
	{ predictionSeeds, trainedTickets }: Scale,
	say: (line: string) => void,
) {
	say("prediction: training and predicting 20,000 tickets");
	const speed = measureSpeed();
	say(
		`prediction: training on ${trainedTickets} tickets in a process of its own`,
	);
	const memory = await measureMemoryOf(trainedTickets);
	const accuracy = new Map(
		predictionSeeds.map((seed) => {
			say(`prediction: from past to future, seed ${seed}`);
			return [seed, walkForward({ seed })] as const;
		}),
	);
	say("prediction: anomalies, drift, chances of a miss");
	const anomalies = measureAnomalies();
	const drift = predictionSeeds.map(measureDrift);
	const calibrations = [0, 0.15].map(measureCalibration);
	printTables(accuracy, anomalies, drift, calibrations);
	const { online, oracle } = accuracy.get(JUDGED_SEED) ?? {};
	const [rules] = anomalies;
	if (!online || !oracle || !rules) throw new Error("nothing was measured");
	const sum = (key: "late" | "falseAlarms") =>
		drift.reduce((all, one) => all + one[key], 0);
	return {
		memory,
		figures: {
			prediction_ms_per_ticket: speed.msPerTicket,
			prediction_training_cpu_seconds: speed.trainingCpuSeconds,
			prediction_training_mb: memory.mostMb,
			prediction_mae_percent: online.mae_percent,
			prediction_mae_to_oracle: online.mae_percent / oracle.mae_percent,
			prediction_coverage_off: Math.abs(online.p90_coverage_percent - 90),
			prediction_false_alarms_percent: rules.false_alarms_percent,
			prediction_anomaly_recall: rules.recall,
			prediction_drift_late: sum("late"),
			prediction_drift_false: sum("falseAlarms"),
			prediction_miss_calibration: Math.max(
				...calibrations.map(({ error }) => error),
			),
		},
	};
}

function measureSpeed() {
	const tickets = makeHistory();
	const began = cpuSeconds();
	const model = mustFit(tickets);
	const trainingCpuSeconds = cpuSeconds() - began;
	const correction = emptyCorrection(model);
	const samples: number[] = [];
	for (let round = 0; round < 3; round++)
		for (let at = 0; at < tickets.length; at += BATCH) {
			const batch = tickets.slice(at, at + BATCH);
			const before = cpuSeconds();
			for (const ticket of batch) predictTicket(ticket, model, correction);
			samples.push((1_000 * (cpuSeconds() - before)) / batch.length);
		}
	return { trainingCpuSeconds, msPerTicket: percentile(samples, 0.95) };
}

/** Of this process: what others do on the machine is not in it. */
function cpuSeconds(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1e6;
}

async function measureMemoryOf(tickets: number) {
	const script = path.join(import.meta.dirname, "prediction-memory.ts");
	const { stdout } = await promisify(execFile)(process.execPath, [
		script,
		String(tickets),
	]);
	return JSON.parse(stdout) as {
		seen: number;
		trained: number;
		outcome: string;
		/** The bound of the thread's heap. */
		heapMb: number;
		cpuSeconds: number;
		mostMb: number;
		modelKb: number;
	};
}

function printTables(
	accuracy: ReadonlyMap<number, ReturnType<typeof walkForward>>,
	anomalies: ReturnType<typeof measureAnomalies>,
	drift: readonly ReturnType<typeof measureDrift>[],
	calibrations: readonly ReturnType<typeof measureCalibration>[],
): void {
	print(
		"durations, from past to future",
		["seed", "", "tickets", "MAE %", "MdAPE %", "p90 covers", "p10 to p90"],
		[...accuracy].flatMap(([seed, byName]) =>
			Object.entries(byName).map(([name, scores]) => {
				const { tickets, mae_percent, mdape_percent, ...covered } = scores;
				const { p90_coverage_percent, interval_coverage_percent } = covered;
				const hasInterval = name === "online" || name === "model";
				return [
					...[seed, name, tickets, mae_percent, mdape_percent],
					...(hasInterval
						? [p90_coverage_percent, interval_coverage_percent]
						: ["-", "-"]),
				].map(String);
			}),
		),
	);
	print(
		"learning curve: MAE % on the next 2,000 tickets",
		["after", "model", "estimate", "predicted", "p90 covers (own test)"],
		learningCurve(CURVE),
	);
	print(
		"anomalies of 10,000 tickets",
		[
			"",
			"false alarms %",
			"precision",
			"recall",
			...Object.keys(anomalies[0]?.by_type ?? {}),
		],
		anomalies.map(({ detector, by_type, ...figures }) => [
			detector,
			...Object.values(figures).map((value) => String(round(value))),
			...Object.values(by_type).map((value) => String(round(value))),
		]),
	);
	print(
		"drift: tickets of the type until it is seen (BUILD +35 %, QUERY -30 %, EXECUTE +15 %)",
		["seed", "BUILD", "QUERY", "EXECUTE", "too late", "false alarms"],
		drift.map(({ seed, seen, late, falseAlarms }) => [
			String(seed),
			...["BUILD", "QUERY", "EXECUTE"].map((type) =>
				String(seen[type] ?? "never"),
			),
			...[String(late), String(falseAlarms)],
		]),
	);
	print(
		"plans that end late: said and come, by tenths of what was said",
		["plans slower by", "off by", "in p10 to p90", "said: came (plans)"],
		calibrations.map(({ commonSpread, error, insidePercent, bins }) => [
			...[
				String(commonSpread),
				String(round(error)),
				`${round(insidePercent)} %`,
			],
			bins
				.map(
					({ plans, said, late }) =>
						`${(said / plans).toFixed(2)}: ${(late / plans).toFixed(2)} (${plans})`,
				)
				.join("  "),
		]),
	);
}

function print(title: string, head: string[], rows: string[][]): void {
	console.log(`\n${title}\n${formatTable([head, ...rows]).join("\n")}`);
}
