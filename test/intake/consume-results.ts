import { randomUUID } from "node:crypto";
import { createDeliverResults } from "../../src/intake/deliver-results.ts";
import { startResultConsumer } from "../../src/intake/result-consumer.ts";
import { startRetryConsumer } from "../../src/intake/retry-consumer.ts";
import { createRetryLater } from "../../src/intake/retry-later.ts";
import { retrySteps } from "../../src/intake/retry-steps.ts";
import { retryTopics } from "../../src/messaging/topics.ts";
import { createResultBatcher } from "../../src/plans/result-batcher.ts";
import {
	createResultTokens,
	hmacTokens,
} from "../../src/plans/result-tokens.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import type { IntakeWorld } from "../support/intake-world.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import type { StandInState } from "../support/plan-workflow.ts";

const DAY_MS = 86_400_000;

/** The result of a ticket as an agent writes it. */
export function resultOf(ticket_id: string, changes: object = {}) {
	return {
		ticket_id,
		status: "COMPLETED",
		result: { success: true, output: {}, metadata: {}, logs: [] },
		error_message: null,
		actual_duration_ms: 5,
		agent_id: "agent-1",
		timestamp: Date.now(),
		...changes,
	};
}

/** Consumers of results and of the retry topic, with an index the test can write. */
export async function consume(
	world: IntakeWorld,
	{
		tokenKeys = [] as string[],
		index = new Map<string, string>(),
		/** Whether the index can say that a ticket was never published. */
		isConclusive = false,
		ends = new Map<string, "COMPLETED" | "FAILED">(),
		windowMs = 50,
		retryDelayMs = 300,
		retryMaxAgeMs = DAY_MS,
	} = {},
) {
	const { topics, plans, metrics, log, producer, decode } = world;
	const lookups: number[] = [];
	const steps = retrySteps(retryTopics(topics), retryDelayMs);
	const putDeadLetter = world.deadLetters("resultsDlq");
	const setAside = world.setAside("resultsDlq");
	const tokens = createResultTokens(
		tokenKeys.length > 0 ? [hmacTokens(tokenKeys)] : [],
		tokenKeys,
	);
	const deliver = createDeliverResults({
		topics: { ticketsDlq: topics.ticketsDlq.name },
		decode,
		tickets: {
			async resolve(ids) {
				lookups.push(ids.length);
				return new Map([...index].filter(([id]) => ids.includes(id)));
			},
			async resolveCached(ids) {
				return { planIds: await this.resolve(ids), isConclusive };
			},
		},
		tokens,
		attempts: { findEnds: async () => ends },
		batcher: createResultBatcher({ plans, windowMs, metrics }),
		putDeadLetter,
		retryLater: createRetryLater({
			steps,
			maxAgeMs: retryMaxAgeMs,
			producer,
			tokens,
			putDeadLetter,
			setAside,
			metrics,
		}),
		metrics,
		log,
	});
	const openConsumer = world.openConsumer();
	await world.run(
		startResultConsumer({
			topics: {
				results: topics.results.name,
				ticketsDlq: topics.ticketsDlq.name,
			},
			openConsumer,
			deliver,
			setAside,
			metrics,
		}),
	);
	const retries = await world.run(
		startRetryConsumer({
			steps,
			openConsumer,
			deliver,
			setAside,
			metrics,
		}),
	);
	return { index, lookups, retries };
}

/** Starts a plan and answers its id. */
export async function startPlan({ plans }: IntakeWorld): Promise<string> {
	const decision = someDecision();
	await plans.startPlan(runInput(decision));
	return decision.plan_id;
}

/** The run of a plan. */
export function handleOf({ client }: IntakeWorld, planId: string) {
	return client.workflow.getHandle(planWorkflowId(planId));
}

/** The results that reached the run, one list a signal. */
export async function signalsOf(world: IntakeWorld, planId: string) {
	const state = await handleOf(world, planId).query<StandInState>("plan");
	return state.signals;
}

/** The results that reached the run, once there are as many. */
export async function arrived(
	world: IntakeWorld,
	planId: string,
	count: number,
) {
	return await eventually(async () => {
		const results = (await signalsOf(world, planId)).flat();
		return results.length >= count && results;
	}, 30_000);
}

/** Puts a result of each ticket on the topic of results. */
export async function publishResults(
	world: IntakeWorld,
	ids: readonly string[],
	headers: Record<string, string> = {},
) {
	await world.publish(
		"results",
		ids.map((id) => ({ key: id, value: resultOf(id), headers })),
	);
}

/** As many ids of tickets nobody else has. */
export const ids = (count: number) =>
	Array.from({ length: count }, () => randomUUID());
