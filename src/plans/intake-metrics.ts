/** Why a topic is paused. */
export type PauseReason = "temporal-away" | "open-plans" | "stopped";

/**
 * The counters of intake. `src/telemetry` implements them; the metrics' names are in its table. Every method
 * only counts: none may throw.
 */
export interface IntakeMetrics {
	/** Records of a topic whose handling is finished. */
	consumed(topic: string, count: number): void;
	/** The outcome of one decision, by Kafka or REST. */
	decision(
		outcome: "started" | "recorded" | "duplicate" | "refused",
		via: "kafka" | "rest",
	): void;
	/** A decision that was started came without a correlation id. */
	correlationIdMissing(): void;
	/** The outcome of one answer on the approval topic. */
	approvalAnswer(
		outcome: "taken" | "duplicate" | "unmatched" | "refused",
	): void;
	/** `orchestrator_duplicates_detected_total{component}`. */
	duplicates(
		component:
			| "decision_consumer"
			| "result_consumer"
			| "approval_consumer"
			| "rest",
	): void;
	/** Records put on a dead letter topic, by the code of the reason. */
	deadLetters(topic: string, reason: string): void;
	/** Records of a topic that were set aside, by the code of the reason. */
	setAside(topic: string, reason: string, count: number): void;
	/** Open dead letters; a topic and reason that is not listed has none. */
	openDeadLetters(
		counts: readonly { topic: string; reason: string; count: number }[],
	): void;
	/** Results given to workflows: signals sent, and results in them. */
	signalled(signalCount: number, resultCount: number): void;
	/** Results that could not be delivered and went to a retry topic. */
	retried(reason: "plan-unknown" | "run-unknown"): void;
	/** A topic is paused (true) or resumed (false). */
	paused(topic: string, reason: PauseReason, isPaused: boolean): void;
}
