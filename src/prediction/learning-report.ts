import type { Learned } from "../domain/prediction/learning-step.ts";
import type { DriftStatus } from "../domain/prediction/model-words.ts";
import { median } from "../domain/prediction/quantiles.ts";
import type { LearningDocument } from "./learning-store.ts";
import type { LearningReport, TypeLearning } from "./ports.ts";

/** From so much on a drift is critical, percent. */
const CRITICAL_PERCENT = 30;
/** Fewer residuals say nothing of a type. */
const FEWEST = 30;

/** What the learner has come to, for people. */
export function reportLearning(
	document: LearningDocument | undefined,
): LearningReport {
	if (document === undefined) return nothing;
	const { model, correction, types, shadow, drift } = document;
	const names = new Set([
		...[types, drift?.types ?? {}, correction?.alarms ?? {}].flatMap((table) =>
			Object.keys(table),
		),
	]);
	return {
		model: model && `${model}+${correction?.version ?? 0}`,
		watermark_ms: document.watermark?.ms ?? null,
		updated_at: document.updated_at,
		learned: document.learned_attempts,
		skipped: { ...document.skipped } as Record<string, number>,
		types: [...names].toSorted().map((name) => reportType(document, name)),
		shadow: shadow && {
			model: shadow.model,
			tickets: shadow.tickets,
			mae_share: share(shadow.error_ms, shadow.actual_ms),
			champion_mae_share: share(shadow.champion_error_ms, shadow.actual_ms),
		},
	};
}

const nothing: LearningReport = {
	...{ model: null, watermark_ms: null, updated_at: null, learned: 0 },
	...{ skipped: {}, types: [], shadow: null },
};

function reportType(
	{ correction, drift, types }: Learned,
	task_type: string,
): TypeLearning {
	const tally = types[task_type];
	const alarms = Object.values(correction?.alarms[task_type] ?? {});
	const window = drift?.types[task_type];
	const drifted = window?.drifted ?? null;
	const sum = (of: (one: (typeof alarms)[number]) => number) =>
		Math.round(alarms.reduce((all, one) => all + of(one), 0));
	return {
		task_type,
		tickets: tally?.tickets ?? 0,
		mae_share: tally ? share(tally.error_ms, tally.actual_ms) : null,
		p90_coverage: tally ? share(tally.up_to_p90, tally.weight) : null,
		drift_factor:
			window === undefined || window.residuals.length < FEWEST
				? null
				: Math.exp(median(window.residuals)),
		drift: statusOf(drifted?.percent ?? null),
		drifting_since: drifted?.since_ms ?? null,
		recommendation: drifted && recommend(task_type, drifted.percent),
		anomaly_alarms: sum((one) => one.alarms),
		false_alarms: sum((one) => one.false_alarms),
		anomalies_silenced: alarms.some(({ silenced }) => silenced),
	};
}

/** null: it does not drift. */
export function statusOf(percent: number | null): DriftStatus {
	if (percent === null) return "ok";
	return Math.abs(percent) >= CRITICAL_PERCENT ? "critical" : "warning";
}

/** A sentence: what happened to a drifting type, and what to do. */
export function recommend(task_type: string, percent: number): string {
	const way = percent > 0 ? "longer" : "shorter";
	return `${task_type} tickets take ${Math.abs(percent)} % ${way} than their model foretells: the correction follows meanwhile; see what changed in the work or its workers, and train anew: orchestrator ml train`;
}

function share(part: number, whole: number): number | null {
	return whole > 0 ? part / whole : null;
}
