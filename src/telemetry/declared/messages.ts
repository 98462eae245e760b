import { notificationEvents } from "../../../schemas/plan-notification.ts";
import { setAsideReasons } from "../../domain/dead-letter.ts";
import { errorCodes } from "../../errors.ts";
import { counter, gauge } from "../declare.ts";

const topic = "ours";
/** Those of this service: other writers on a dead letter topic could invent any number of others. */
const reason = [
	...Object.keys(errorCodes),
	...setAsideReasons,
	"LATE",
	"TICKET_TOKEN_WRONG",
	"UNRESOLVED",
	"UNKNOWN",
];

/** What comes in and goes out: Kafka, decisions, results, dead letters, notifications. */
export const messageMetrics = {
	decisions: counter(
		"orchestration_decisions_total",
		"Decisions taken in; recorded: to be kept, not carried out.",
		{
			outcome: ["started", "recorded", "duplicate", "refused"],
			via: ["kafka", "rest"],
		},
	),
	correlationIdMissing: counter(
		"neural_hive_orchestrator_correlation_id_missing_total",
		"Decisions without a correlation id: their decision id stands in its place.",
	),
	approvalAnswers: counter(
		"orchestration_approval_answers_total",
		"Answers on the approval topic.",
		{ outcome: ["taken", "duplicate", "unmatched", "refused"] },
	),
	duplicates: counter(
		"orchestrator_duplicates_detected_total",
		"Duplicates recognised, by the component that saw them.",
		{
			component: [
				"decision_consumer",
				"result_consumer",
				"approval_consumer",
				"rest",
			],
		},
	),
	deadLetters: counter(
		"orchestration_dead_letters_total",
		"Records put on a dead letter topic.",
		{ topic, reason },
	),
	recordsSetAside: counter(
		"orchestration_records_set_aside_total",
		"Records set aside because nothing can ever be done with them.",
		{ topic, reason: setAsideReasons },
	),
	deadLettersOpen: gauge(
		"orchestration_dead_letters_open",
		"Dead letters nobody has dealt with, when intake last counted them.",
		{ topic, reason },
	),
	deadLettersSettled: counter(
		"orchestration_dead_letters_settled_total",
		"Dead letters that were dealt with.",
		{ topic, action: ["redriven", "discarded"] },
	),
	resultSignals: counter(
		"orchestration_result_signals_total",
		"Signals that carried results to workflows.",
	),
	resultsSignalled: counter(
		"orchestration_results_signalled_total",
		"Results carried by those signals.",
	),
	resultRetries: counter(
		"orchestration_result_retries_total",
		"Results put on a retry topic because their plan was not found.",
		{ reason: ["plan-unknown", "run-unknown"] },
	),
	intakePaused: gauge(
		"orchestration_intake_paused",
		"1 while a topic is paused.",
		{ topic, reason: ["temporal-away", "open-plans", "stopped"] },
	),
	kafkaConsumed: counter(
		"orchestration_kafka_messages_consumed_total",
		"Records taken from a topic.",
		{ topic },
	),
	kafkaProduced: counter(
		"orchestration_kafka_messages_produced_total",
		"Records that the brokers acknowledged.",
		{ topic, partition: "ours" },
	),
	kafkaErrors: counter(
		"orchestration_kafka_errors_total",
		"Failures at Kafka.",
		{ operation: ["publish"], error_type: Object.keys(errorCodes) },
	),
	kafkaConsumerLag: gauge(
		"orchestration_kafka_consumer_lag",
		"Records that a consumer group of the service has still to read, as the role intake last saw it.",
		{ topic, partition: "ours", consumer_group: "ours" },
	),
	remediations: counter(
		"orchestration_remediations_total",
		"Requests to the self-healing engine, by outcome of a try.",
		{ outcome: ["sent", "failed", "given_up", "lost"] },
	),
	notifications: counter(
		"orchestration_notifications_total",
		"Notifications about plans, by outcome of a try.",
		{ event: notificationEvents, outcome: ["sent", "failed", "given_up"] },
	),
};
