import type {
	ArmReport,
	FeatureReport,
	ReportedFeature,
} from "../../domain/features/feature-report.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";
import { renderRelative } from "./time.ts";

/** How plans with each feature fare, beside those without. */
export function renderFeatureReport(
	report: FeatureReport,
	frame: Frame,
): string[] {
	const { enabled, percentage, features, from } = report;
	const since = new Date(from).toISOString();
	const share = `${Number((percentage * 100).toFixed(2))} % of the plans get them`;
	return [
		`features ${enabled ? share : "are off for all (CANARY_ENABLED)"}; counted since ${since}`,
		...(features.length === 0
			? ["  none is named, or none has two ways here (CANARY_FEATURES)"]
			: features.flatMap((one) => renderFeature(one, frame))),
	];
}

/** One feature. */
export function renderFeature(
	{ feature, disabled, canary, stable }: ReportedFeature,
	{ paint, width, nowMs }: Frame,
): string[] {
	const state = disabled === null ? "on for its share" : "off for all";
	return [
		paint(disabled === null ? "good" : "bad", `${feature} is ${state}`),
		...(disabled === null
			? []
			: wrap(
					`  ${renderRelative(disabled.at, nowMs)} by ${disabled.by}: ${disabled.reason}`,
					width,
					"  ",
				)),
		`  with it     ${armText(canary)}`,
		`  without it  ${armText(stable)}`,
	];
}

function armText({ calls, failures, error_rate, mean_ms }: ArmReport): string {
	if (error_rate === null) return "no calls";
	const rate = `${(error_rate * 100).toFixed(1)} %`;
	return `${failures} of ${calls} calls failed (${rate}), ${mean_ms} ms on average`;
}
