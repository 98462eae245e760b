import type {
	ArmDifference,
	ArmFigures,
	ArmKind,
	ArmReport,
} from "./compare-arms.ts";
import { evidenceLimits } from "./evidence.ts";
import { HARM_LIMIT, LAST_HARM_LIMIT } from "./judge.ts";

/** `GET /api/v1/outcomes`. */
export interface OutcomeReport {
	by: ArmKind;
	hours: number;
	/** Unix epoch, ms. */
	from: number;
	to: number;
	is_cut: boolean;
	arms: (ArmReport & { in_flight: number | null })[];
	difference: ArmDifference | null;
}

/** Figures of an arm by the names of the system before. Durations in seconds; null: no plans. */
interface AbFigures {
	count: number;
	success_rate: number | null;
	avg_duration: number | null;
}

export interface AbArm extends Omit<AbFigures, "count"> {
	total_tasks: number;
	/** By risk band: it stands for the complexity of the system before. */
	by_complexity: Record<string, AbFigures>;
	/** 95 % confidence. */
	success_rate_interval: [number, number] | null;
	failed: number;
	late: number;
	excluded: number;
	in_flight: number | null;
	p50_duration: number | null;
	p95_duration: number | null;
	p99_duration: number | null;
}

/** What `ab collect` answers, as JSON and as text. */
export interface AbReport {
	error: string | null;
	hours: number;
	/** ISO 8601. */
	collected_at: string;
	v2: AbArm;
	existing: AbArm;
	/** null: an arm has no plans. Positive: V2 is better, or faster. */
	comparison: {
		success_rate_difference: number;
		success_rate_difference_interval: [number, number];
		duration_difference: number;
		duration_difference_interval: [number, number];
		percentage_faster: number | null;
	} | null;
}

export function abReport(report: OutcomeReport): AbReport {
	const { hours, to, difference, is_cut } = report;
	const existing = armOf(report, "V1");
	const before = existing.avg_duration;
	return {
		error: is_cut ? "only the newest plans of the window were read" : null,
		hours,
		collected_at: new Date(to).toISOString(),
		v2: armOf(report, "V2"),
		existing,
		comparison: difference && {
			success_rate_difference: difference.success_rate.value,
			success_rate_difference_interval: interval(difference.success_rate),
			duration_difference: difference.duration_ms.value / 1_000,
			duration_difference_interval: interval(difference.duration_ms, 1_000),
			percentage_faster: before
				? difference.duration_ms.value / 10 / before
				: null,
		},
	};
}

function armOf({ arms }: OutcomeReport, name: string): AbArm {
	const arm = arms.find((one) => one.arm === name);
	const { count, ...figures } = figuresOf(arm);
	const { duration_ms = null, success_rate = null } = arm ?? {};
	const seconds = (ms: number | undefined) =>
		ms === undefined ? null : ms / 1_000;
	return {
		total_tasks: count,
		...figures,
		by_complexity: Object.fromEntries(
			Object.entries(arm?.by_risk_band ?? {}).map(([band, own]) => [
				band,
				figuresOf(own),
			]),
		),
		success_rate_interval: success_rate && interval(success_rate),
		failed: arm?.failed ?? 0,
		late: arm?.late ?? 0,
		excluded: arm?.excluded ?? 0,
		in_flight: arm?.in_flight ?? null,
		p50_duration: seconds(duration_ms?.p50),
		p95_duration: seconds(duration_ms?.p95),
		p99_duration: seconds(duration_ms?.p99),
	};
}

function figuresOf(figures: ArmFigures | undefined): AbFigures {
	const meanMs = figures?.duration_ms?.mean.value;
	return {
		count: figures?.n ?? 0,
		success_rate: figures?.success_rate?.value ?? null,
		avg_duration: meanMs === undefined ? null : meanMs / 1_000,
	};
}

function interval(
	{ low, high }: { low: number; high: number },
	unit = 1,
): [number, number] {
	return [low / unit, high / unit];
}

/** Fewer plans of an arm than this recommend nothing. */
const AB_LEAST_PLANS = 30;
/** Percentage points, as in the system before. */
const STEP_UP = 20;
const STEP_DOWN = 10;

export interface AbRecommendation {
	type: "increase_v2_percentage" | "decrease_v2_percentage";
	reason: string;
	/** V2's share, 0 to 100. */
	current: number;
	suggested: number;
}

/** What the outcomes recommend for V2's share; a sentence when that is nothing. */
export function recommendSplit(
	{ arms, difference }: OutcomeReport,
	{ enabled, percentage }: { enabled: boolean; percentage: number },
): AbRecommendation | string {
	if (!enabled) return "V2 is switched off: nothing is recommended";
	const few = ["V1", "V2"].flatMap((name) => {
		const n = arms.find(({ arm }) => arm === name)?.n ?? 0;
		return n < AB_LEAST_PLANS ? [`${name} has ${n}`] : [];
	});
	if (few.length > 0 || difference === null)
		return `not enough data: ${few.join(", ")} of the ${AB_LEAST_PLANS} plans that each needs`;
	const { evidence, probability_of_harm: harm, margin } = difference;
	const points = (difference.success_rate.value * 100).toFixed(1);
	const facts = `success differs by ${points} points, evidence ${evidence.toFixed(1)} to 1 that V2 fails more, ${percentOf(harm)} that it fails by ${percentOf(margin)} or more`;
	if (evidence >= evidenceLimits.failed)
		return change(
			"decrease_v2_percentage",
			`V2 fails: ${facts}`,
			percentage,
			0,
		);
	if (harm !== null && harm >= HARM_LIMIT)
		return change(
			"decrease_v2_percentage",
			`V2 is likely worse: ${facts}`,
			percentage,
			Math.max(0, percentage - STEP_DOWN),
		);
	if (harm !== null && harm <= LAST_HARM_LIMIT && percentage < 100)
		return change(
			"increase_v2_percentage",
			`V2 does no harm: ${facts}`,
			percentage,
			Math.min(100, percentage + STEP_UP),
		);
	return `no clear difference: ${facts}`;
}

function change(
	type: AbRecommendation["type"],
	reason: string,
	current: number,
	suggested: number,
): AbRecommendation | string {
	if (current === suggested)
		return `${reason}; its share is ${current} % already`;
	return { type, reason, current, suggested };
}

function percentOf(share: number | null): string {
	return share === null ? "unknown" : `${(share * 100).toFixed(1)} %`;
}
