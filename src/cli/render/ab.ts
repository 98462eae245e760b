import type {
	AbArm,
	AbRecommendation,
	AbReport,
} from "../../domain/rollout/ab-report.ts";
import type { Frame } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";
import { wrap } from "./text.ts";

/** What `ab optimize` answers. */
export interface AbAdvice {
	hours: number;
	/** V2's share, 0 to 100. */
	current: number;
	recommendations: AbRecommendation[];
	/** Why there is none. */
	why_none: string | null;
	mode: "show" | "dry-run" | "apply";
	/** What is in force now; null: nothing was changed. */
	applied: { revision: number; percentage: number } | null;
}

type Row = AbArm & { name: string };

const columns: readonly Column<Row>[] = [
	{ title: "ARM", text: ({ name }) => name },
	number("PLANS", ({ total_tasks }) => String(total_tasks)),
	number("OPEN", ({ in_flight }) => textOf(in_flight, String)),
	number("FAILED", ({ failed }) => String(failed)),
	number("LATE", ({ late }) => String(late)),
	number("EXCLUDED", ({ excluded }) => String(excluded)),
	number("SUCCESS", ({ success_rate }) => textOf(success_rate, percent)),
	number("95 %", ({ success_rate_interval }) =>
		textOf(
			success_rate_interval,
			([low, high]) => `${percent(low)} to ${percent(high)}`,
		),
	),
	number("MEAN", ({ avg_duration }) => textOf(avg_duration, seconds)),
	number("P95", ({ p95_duration }) => textOf(p95_duration, seconds)),
];

/** Both arms beside each other; the same figures as the JSON. */
export function renderAbReport(report: AbReport, frame: Frame): string[] {
	const { v2, existing, comparison, error, hours, collected_at } = report;
	const { paint, width } = frame;
	const rows = [
		{ name: "existing (V1)", ...existing },
		{ name: "v2", ...v2 },
	];
	return [
		...renderTable(columns, rows, frame),
		...rows.flatMap(({ name, by_complexity }) =>
			Object.entries(by_complexity).map(
				([band, { count, success_rate, avg_duration }]) =>
					`  ${name}, risk ${band}: ${count}, ${textOf(success_rate, percent)}, ${textOf(avg_duration, seconds)}`,
			),
		),
		...(comparison === null
			? ["nothing to compare: an arm has no plans"]
			: comparisonLines(comparison).flatMap((line) => wrap(line, width, "  "))),
		...(error === null ? [] : [paint("bad", `! ${error}`)]),
		paint("dim", `the last ${hours} h, at ${collected_at}`),
	];
}

function comparisonLines({
	success_rate_difference,
	success_rate_difference_interval: [lowRate, highRate],
	duration_difference,
	duration_difference_interval: [lowTime, highTime],
	percentage_faster,
}: NonNullable<AbReport["comparison"]>): string[] {
	const faster =
		percentage_faster === null ? "" : `, ${percentage_faster.toFixed(1)} %`;
	return [
		`V2 succeeds more often by ${percent(success_rate_difference)} (${percent(lowRate)} to ${percent(highRate)})`,
		`V2 is faster by ${seconds(duration_difference)} (${seconds(lowTime)} to ${seconds(highTime)})${faster}`,
	];
}

/** What is recommended, and what was done about it. */
export function renderAbAdvice(
	{ recommendations, why_none, mode, applied, current }: AbAdvice,
	{ paint, width }: Frame,
): string[] {
	if (why_none !== null)
		return [...wrap(why_none, width, "  "), `V2's share stays ${current} %`];
	return recommendations.flatMap(({ type, reason, suggested }) => [
		paint("strong", `${type}: ${current} % to ${suggested} %`),
		...wrap(`  ${reason}`, width, "  "),
		...doneAbout(mode, applied, { current, suggested }),
	]);
}

function doneAbout(
	mode: AbAdvice["mode"],
	applied: AbAdvice["applied"],
	{ current, suggested }: { current: number; suggested: number },
): string[] {
	if (applied !== null)
		return [`in force: revision ${applied.revision}, ${applied.percentage} %`];
	if (mode === "dry-run")
		return [
			`- percentage: ${current}`,
			`+ percentage: ${suggested}`,
			"nothing was changed",
		];
	return ["--apply sets it"];
}

function number(title: string, text: Column<Row>["text"]): Column<Row> {
	return { title, align: "right", text };
}

function textOf<T>(value: T | null, show: (value: T) => string): string {
	return value === null ? "-" : show(value);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const seconds = (value: number) => `${value.toFixed(3)} s`;
