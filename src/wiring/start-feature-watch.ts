import type { Parts } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";

/** The counts of a second go to Redis together. */
const PAUSE_MS = 1_000;

/** Brings counts of features to Redis, and switches off what fails; once more at the end of the process. */
export async function startFeatureWatch(parts: Parts): Promise<void> {
	const { config, lifecycle, watchFeatures } = parts;
	const { enabled, names } = config.features;
	if (!enabled || names.length === 0) return;
	await lifecycle.start(
		"feature counts",
		async () => undefined,
		() => watchFeatures(),
	);
	await repeatTurns(parts, {
		...{ name: "feature watch", turn: watchFeatures, pauseMs: PAUSE_MS },
	});
}
