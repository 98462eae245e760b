import { featureNames } from "../domain/prediction/features.ts";
import { fitModel } from "../domain/prediction/fit.ts";
import { featuresOf } from "../domain/prediction/predict.ts";
import type { FinishedTicket } from "../domain/prediction/prediction.ts";
import { withSoundHours } from "../domain/prediction/sound-hours.ts";
import { DURATION_MODEL } from "./ports.ts";

/**
 * The history as comma-separated values: the fifteen documented features, then the actual duration, ms; completed
 * tickets, oldest first. Features that need a history of the type have that of all of them, as the service serves them;
 * the hour is constant where the service's own models do not learn from it.
 * Throws when there are too few tickets for a history.
 */
export function exportHistory(tickets: readonly FinishedTicket[]): string {
	const fitted = fitModel(tickets, { name: DURATION_MODEL });
	if (fitted === null) throw new Error("there are too few completed tickets");
	const model = { ...fitted, feature_schema: "documented-15" as const };
	const completed = tickets
		.filter((one) => one.completed)
		.toSorted((one, other) => one.ended_at_ms - other.ended_at_ms);
	const header = [...featureNames["documented-15"], "actual_duration_ms"];
	const rows = withSoundHours(completed).map((one) =>
		[...featuresOf(one, model), one.actual_duration_ms].join(),
	);
	return `${[header.join(), ...rows].join("\n")}\n`;
}
