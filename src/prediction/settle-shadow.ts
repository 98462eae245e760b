import type { Model } from "../domain/prediction/model.ts";
import { hasCode } from "../errors.ts";
import { LEARNER, type LearnerDeps } from "./learner-deps.ts";
import type { LearningDocument } from "./learning-store.ts";
import { DURATION_MODEL } from "./ports.ts";

/**
 * A challenger that was watched for long enough becomes champion, or is let go: if the aliases still are those of that
 * revision, in which it was read.
 */
export async function settleShadow(
	{
		registry,
		settings,
		log,
	}: {
		registry: Pick<LearnerDeps["registry"], "giveAlias">;
		settings: Pick<LearnerDeps["settings"], "shadowTickets">;
		log: Pick<LearnerDeps["log"], "info">;
	},
	document: LearningDocument | undefined,
	{ challenger, revision }: { challenger: Model | null; revision: number },
): Promise<LearningDocument | undefined> {
	const { shadow } = document ?? {};
	if (document === undefined || shadow == null || challenger === null)
		return document;
	if (shadow.tickets < settings.shadowTickets) return document;
	const percent = (ms: number) =>
		`${((100 * ms) / Math.max(1, shadow.actual_ms)).toFixed(1)} %`;
	const isBetter = shadow.error_ms < shadow.champion_error_ms;
	const reason = `on ${shadow.tickets} live tickets it errs by ${percent(shadow.error_ms)}, the champion by ${percent(shadow.champion_error_ms)}`;
	try {
		await registry.giveAlias({
			...{ name: DURATION_MODEL, by: LEARNER, reason, expected: revision },
			...(isBetter
				? { alias: "champion", version: challenger.version }
				: { alias: "challenger", version: null }),
		});
		log.info(
			{ model: shadow.model, isBetter, reason },
			"a challenger was compared",
		);
	} catch (error) {
		// A person was faster; the next turn sees what stands.
		if (!hasCode(error, "MODEL_CHANGED") && !hasCode(error, "MODEL_UNREADABLE"))
			throw error;
	}
	return document;
}
