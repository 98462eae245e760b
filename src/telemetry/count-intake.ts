import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type { Metrics } from "./metrics.ts";

/** Counts the events of intake. Every method only counts; none throws. */
export function createIntakeMetrics(metrics: Metrics): IntakeMetrics {
	return {
		consumed: (topic, count) => metrics.kafkaConsumed.inc({ topic }, count),
		decision: (outcome, via) => metrics.decisions.inc({ outcome, via }),
		approvalAnswer: (outcome) => metrics.approvalAnswers.inc({ outcome }),
		duplicates: (component) => metrics.duplicates.inc({ component }),
		deadLetters: (topic, reason) => metrics.deadLetters.inc({ topic, reason }),
		setAside: (topic, reason, count) =>
			metrics.recordsSetAside.inc({ topic, reason }, count),
		openDeadLetters: (counts) => {
			// The reset also removes reasons without open letters.
			metrics.deadLettersOpen.reset();
			for (const { topic, reason, count } of counts) {
				metrics.deadLettersOpen.inc({ topic, reason }, count);
			}
		},
		signalled: (signalCount, resultCount) => {
			metrics.resultSignals.inc(signalCount);
			metrics.resultsSignalled.inc(resultCount);
		},
		retried: (reason) => metrics.resultRetries.inc({ reason }),
		paused: (topic, reason, isPaused) =>
			metrics.intakePaused.set({ topic, reason }, isPaused ? 1 : 0),
		correlationIdMissing: () => metrics.correlationIdMissing.inc(),
	};
}
