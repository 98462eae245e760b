import { count, durationMs, HOUR_MS } from "./setting.ts";

/** Intake of decisions and results. */
export const intakeSettings = {
	MAX_OPEN_PLANS: count(
		5_000,
		10_000_000,
		"Plans at work above which intake pauses",
	),
	INTAKE_CONCURRENCY: count(
		16,
		1_000,
		"Decisions of one batch that are started at the same time",
	),
	RECORD_MAX_TRIES: count(
		50,
		1_000_000,
		"Tries of one Kafka record that fails as if a server were away though it answers, before it is set aside as a dead letter and the next ones go on; half a minute lies between them",
	),
	RESULT_WINDOW_MS: durationMs(
		50,
		"Time results are gathered before one signal per plan is sent",
		0,
	),
	RESULT_RETRY_DELAY_MS: durationMs(
		15_000,
		"Wait before a result whose plan was not found is looked up again; the next waits are 4, 20 and 120 times as long, but none longer than a quarter of RESULT_RETRY_MAX_AGE_MS",
	),
	RESULT_RETRY_MAX_AGE_MS: durationMs(
		24 * HOUR_MS,
		"Age at which a result whose plan was never found becomes a dead letter",
	),
};
