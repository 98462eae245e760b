import { startDeadLetterIndex } from "../dead-letters/index-consumer.ts";
import { createPutDeadLetter } from "../dead-letters/put-dead-letter.ts";
import { createSetAside } from "../dead-letters/set-aside.ts";
import { createDeadLetterStore } from "../dead-letters/store.ts";
import { startApprovalConsumer } from "../intake/approval-consumer.ts";
import { startDecisionConsumer } from "../intake/decision-consumer.ts";
import { createDeliverResults } from "../intake/deliver-results.ts";
import { createJudgeFailure } from "../intake/judge-failure.ts";
import { startResultConsumer } from "../intake/result-consumer.ts";
import { startRetryConsumer } from "../intake/retry-consumer.ts";
import { createRetryLater } from "../intake/retry-later.ts";
import { retrySteps } from "../intake/retry-steps.ts";
import { createBatchConsumer } from "../messaging/consumer.ts";
import { createLagReader } from "../messaging/read-lag.ts";
import { deadLetterTopics, retryTopics } from "../messaging/topics.ts";
import { createAcceptApprovals } from "../plans/accept-approval.ts";
import type { AcceptDecision } from "../plans/accept-decision.ts";
import type { OpenConsumer, RunningConsumer } from "../plans/records.ts";
import { createResultBatcher } from "../plans/result-batcher.ts";
import { whyIntakeIsStopped } from "../stops/current-stops.ts";
import { createAttemptEnds } from "../storage/attempt-ends.ts";
import { createIsAnswering } from "./health-checks.ts";
import { consumerGroups } from "./kafka-of.ts";
import type { Parts } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";

/** Signals of retried results that are under way at once. */
const RETRY_SIGNALS = 4;

/** Role `intake`: consumes decisions and results. */
export async function startIntake(
	parts: Parts,
	accept: AcceptDecision,
): Promise<void> {
	const {
		config,
		log,
		topics,
		codec,
		mongo,
		producer,
		index,
		plans,
		intakeMetrics: metrics,
		lifecycle,
	} = parts;
	const openConsumer = createOpenConsumer(parts);
	type Role = "consensusDlq" | "resultsDlq" | "approvalResponsesDlq";
	const lettersOn = (role: Role) => {
		const deps = { producer, topic: topics[role], metrics, log };
		return {
			putDeadLetter: createPutDeadLetter(deps),
			setAside: createSetAside(deps),
		};
	};
	const { putDeadLetter, setAside } = lettersOn("resultsDlq");
	const steps = retrySteps(
		retryTopics(topics),
		config.intake.resultRetryDelayMs,
	);
	const deliveryDeps = {
		topics: { ticketsDlq: topics.ticketsDlq.name },
		decode: codec.decode,
		tickets: index,
		tokens: parts.tokens,
		attempts: createAttemptEnds(mongo),
		putDeadLetter,
		retryLater: createRetryLater({
			steps,
			maxAgeMs: config.intake.resultRetryMaxAgeMs,
			producer,
			tokens: parts.tokens,
			putDeadLetter,
			setAside,
			metrics,
		}),
		metrics,
		log,
	};
	const { resultWindowMs: windowMs } = config.intake;
	const endings = parts.reservations;
	const deliver = createDeliverResults({
		...deliveryDeps,
		batcher: createResultBatcher({ plans, windowMs, metrics, endings }),
	});
	// Retried results have signals of their own, so that they delay nobody's first try.
	const deliverRetried = createDeliverResults({
		...deliveryDeps,
		batcher: createResultBatcher({
			plans,
			windowMs,
			concurrency: RETRY_SIGNALS,
			metrics,
			endings,
		}),
	});
	const stop = (it: RunningConsumer) => it.stop();
	const results = {
		results: topics.results.name,
		ticketsDlq: topics.ticketsDlq.name,
	};
	await lifecycle.start(
		"result consumer",
		() =>
			startResultConsumer({
				topics: results,
				openConsumer,
				deliver,
				setAside,
				metrics,
			}),
		stop,
	);
	const { maxOpenPlans, concurrency } = config.intake;
	await lifecycle.start(
		"retry consumer",
		() =>
			startRetryConsumer({
				steps,
				openConsumer,
				deliver: deliverRetried,
				setAside,
				metrics,
			}),
		stop,
	);
	await lifecycle.start(
		"dead letter index",
		() =>
			startDeadLetterIndex({
				topics: deadLetterTopics(topics).map(({ name }) => name),
				openConsumer,
				decode: codec.decode,
				shelf: createDeadLetterStore(mongo),
				metrics,
				log,
			}),
		stop,
	);
	await lifecycle.start(
		"approval consumer",
		() =>
			startApprovalConsumer({
				topic: topics.approvalResponses.name,
				openConsumer,
				decode: codec.decode,
				approvals: createAcceptApprovals({ plans, metrics }),
				...lettersOn("approvalResponsesDlq"),
				metrics,
				log,
			}),
		stop,
	);
	if (config.metricsEnabled) await startLagWatch(parts);
	for (const reason of ["temporal-away", "open-plans", "stopped"] as const)
		metrics.paused(topics.consensus.name, reason, false);
	const countOpenPlans = () => plans.countOpenPlans();
	await lifecycle.start(
		"decision consumer",
		() =>
			startDecisionConsumer({
				topic: topics.consensus.name,
				openConsumer,
				decode: codec.decode,
				accept,
				...lettersOn("consensusDlq"),
				countOpenPlans,
				maxOpenPlans,
				whyStopped: () => whyIntakeIsStopped(parts.stops),
				concurrency,
				metrics,
				log,
			}),
		stop,
	);
}

/** Between two looks at the consumer groups. */
const LAG_PAUSE_MS = 15_000;

/** Shows how far intake is behind; while Kafka is away, nothing. */
async function startLagWatch(parts: Parts): Promise<void> {
	const { config, kafka, metrics, log, lifecycle } = parts;
	const reader = await lifecycle.start(
		"lag reader",
		async () => createLagReader(kafka, consumerGroups(config)),
		(it) => it.close(),
	);
	await repeatTurns(parts, {
		name: "lag watch",
		async turn() {
			try {
				const found = await reader.read();
				metrics.kafkaConsumerLag.reset();
				for (const { groupId, topic, partition, lag } of found)
					metrics.kafkaConsumerLag.set(
						{ topic, partition, consumer_group: groupId },
						lag,
					);
			} catch (error) {
				metrics.kafkaConsumerLag.reset();
				log.debug({ error }, "consumer lag is not known");
			}
		},
		pauseMs: LAG_PAUSE_MS,
	});
}

/** Batches of different partitions that one consumer handles at once. */
const PARTITION_CONCURRENCY = 12;

function createOpenConsumer(parts: Parts): OpenConsumer {
	const { kafka, config } = parts;
	const judgeFailure = createJudgeFailure({
		maxTries: config.intake.recordMaxTries,
		isAnswering: createIsAnswering(parts),
	});
	return ({
		groupSuffix,
		topics,
		concurrency = PARTITION_CONCURRENCY,
		...settings
	}) =>
		createBatchConsumer({
			...kafka,
			groupId: `${config.kafka.groupId}${groupSuffix}`,
			topics,
			fromBeginning: true,
			concurrency,
			judgeFailure,
			...settings,
		});
}
