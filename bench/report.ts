import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { formatTable } from "../stack/format-table.ts";
import type { SizeRow } from "./size.ts";
import { round } from "./statistics.ts";
import { judge, targets } from "./targets.ts";

/** What a run leaves: the machine, the judged values, and every part as it was measured. */
export interface BenchReport {
	startedAt: string;
	machine: Record<string, unknown>;
	ratios: Record<string, number>;
	figures: Record<string, number>;
	parts: Record<string, unknown>;
	/** Parts that did not come to an end, and why. */
	failures: Record<string, string>;
}

/** The bounds of what was measured, and whether they are kept. */
export function formatTargets({ ratios, figures }: BenchReport): string {
	const values: Record<string, number> = { ...ratios, ...figures };
	const rows = targets.flatMap((target) => {
		const value = values[target.key];
		if (value === undefined) return [];
		const sign = target.isFloor ? ">=" : "<=";
		return [
			[
				target.title,
				`${sign} ${target.must}`,
				`${sign} ${target.aim}`,
				`${round(value)} ${target.unit}`,
				judge(target, value),
			],
		];
	});
	return formatTable([
		["", "must", "aim", "measured", "reached"],
		...rows,
	]).join("\n");
}

/** Names of the targets whose must was missed. */
export function missedMusts({ ratios, figures }: BenchReport): string[] {
	const values: Record<string, number> = { ...ratios, ...figures };
	return targets
		.filter((target) => judge(target, values[target.key]) === "MISSED")
		.map(({ key }) => key);
}

/** Sizes as a table, everything between the plan's times and its history per ticket. */
export function formatSizes(rows: readonly SizeRow[]): string {
	const lines = rows.map((row) => [
		`${row.version} ${row.shape} ${row.size}`,
		String(round(row.publishedMs.median)),
		String(round(row.completedMs.median)),
		...[row.workerCpuMs, row.intakeCpuMs, row.temporalCpuMs].map(({ median }) =>
			String(round(median)),
		),
		...["kafka", "mongodb", "redis"].map((server) =>
			String(round(row.roundTrips[server] ?? 0)),
		),
		String(row.history.workflowTasks),
		String(row.history.events),
		String(Math.round(row.history.bytes / 1_024)),
		String(row.history.runs),
	]);
	const head = [
		...["plan", "tickets ms", "done ms", "worker", "intake", "temporal"],
		...["kafka", "mongo", "redis", "wf tasks", "events", "KB", "runs"],
	];
	return formatTable([head, ...lines]).join("\n");
}

/** Writes the report to `bench/results/<date>.json` and as `bench/out/latest.json`; answers the first. */
export function writeReport(report: BenchReport): string {
	const text = `${JSON.stringify(report, undefined, "\t")}\n`;
	const dated = path.join(
		"results",
		`${report.startedAt.replaceAll(":", "-")}.json`,
	);
	for (const name of [dated, path.join("out", "latest.json")]) {
		const file = path.join(import.meta.dirname, name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, text);
	}
	return path.join("bench", dated);
}
