import {
	placeOf,
	type TicketPrediction,
} from "../../domain/prediction/prediction.ts";
import type { TicketExplanation } from "../../prediction/ml-ports.ts";
import { wrappedFields } from "./ml.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./text.ts";
import { renderDuration } from "./time.ts";

/** A ticket's prediction then and now, how it ended, and what each fact does to it. */
export function renderExplanation(
	explanation: TicketExplanation,
	frame: Frame,
): string[] {
	const { ticket_id, task_type, recorded, now, effects } = explanation;
	const { paint } = frame;
	const base = now?.duration_ms ?? 0;
	return [
		`${paint("strong", ticket_id)}  ${task_type} of plan ${explanation.plan_id}`,
		...wrappedFields(
			[
				["estimated", renderDuration(explanation.estimated_duration_ms)],
				["predicted", predictionText(recorded)],
				["took", tookText(explanation)],
				[
					"would be",
					now === null ? "predictions are off" : predictionText(now),
				],
				...(explanation.proposed_timeout_ms === null
					? []
					: [
							[
								"time-out",
								`99 of 100 like it end within ${renderDuration(explanation.proposed_timeout_ms)}`,
							] as const,
						]),
			],
			frame,
		),
		...anomalyLines(recorded ?? now, frame),
		...(effects.length === 0
			? []
			: [
					"",
					...renderTable(
						[
							{ title: "FACT", text: ({ fact }) => fact },
							{ title: "IS", flexible: true, text: ({ value }) => value },
							{ title: "IF IT WERE", text: ({ instead }) => instead },
							{
								title: "PREDICTED",
								align: "right",
								text: ({ duration_ms: ms }) => renderDuration(ms),
							},
							{
								title: "CHANGE",
								align: "right",
								text: ({ duration_ms: ms }) =>
									base === 0
										? ""
										: `${ms < base ? "" : "+"}${((100 * (ms - base)) / base).toFixed(0)} %`,
							},
						] satisfies Parameters<typeof renderTable<(typeof effects)[0]>>[0],
						effects,
						frame,
					),
				]),
	];
}

function predictionText(prediction: TicketPrediction | null): string {
	if (prediction === null) return "nothing: it has not been given out";
	const { duration_ms, p10_ms, p90_ms, model, source } = prediction;
	const by = source === "model" ? model : `its ${source}, no model`;
	return `${renderDuration(duration_ms)}, 8 of 10 between ${renderDuration(p10_ms)} and ${renderDuration(p90_ms)} (${by})`;
}

function tookText({
	actual_duration_ms: actual,
	recorded,
}: TicketExplanation): string {
	if (actual === null) return "it has not ended";
	if (recorded === null) return renderDuration(actual);
	const { duration_ms } = recorded;
	const off = (100 * (actual - duration_ms)) / duration_ms;
	const where = placeOf(recorded, actual).replace("_", " ");
	return `${renderDuration(actual)}, ${off < 0 ? "" : "+"}${off.toFixed(0)} %, ${where}`;
}

function anomalyLines(
	prediction: TicketPrediction | null,
	{ paint, width }: Frame,
): string[] {
	const { is_anomaly, explanation } = prediction?.anomaly ?? {};
	if (!is_anomaly) return [];
	return wrap(`! unusual: ${explanation ?? ""}`, width, "  ").map((line) =>
		paint("bad", line),
	);
}
