/**
 * Intake of decisions as the service wires it, as a process of its own that kills itself at the step
 * DIE_AFTER, if that is set. Its steps are those of `src/plans/accept-decision.ts`.
 */
import { loadConfig } from "../../../src/config.ts";
import { createPutDeadLetter } from "../../../src/dead-letters/put-dead-letter.ts";
import { createSetAside } from "../../../src/dead-letters/set-aside.ts";
import { startDecisionConsumer } from "../../../src/intake/decision-consumer.ts";
import { Lifecycle } from "../../../src/lifecycle.ts";
import { createBatchConsumer } from "../../../src/messaging/consumer.ts";
import { createAcceptDecision } from "../../../src/plans/accept-decision.ts";
import { createDecisionArchive } from "../../../src/storage/decision-archive.ts";
import { createDecisionCache } from "../../../src/storage/decision-cache.ts";
import { planWorkflowId } from "../../../src/temporal/workflow-ids.ts";
import { openParts } from "../../../src/wiring/parts.ts";

const config = loadConfig(process.env);
const parts = await openParts(config, {
	lifecycle: new Lifecycle(),
	stopping: new AbortController().signal,
	fail: (error) => console.error(error),
});

/** Does the step, and dies once it is done if it is the one; whatever stood behind it is never done. */
function step<A extends unknown[], T>(
	name: string,
	work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
	return async (...args) => {
		const answer = await work(...args);
		if (process.env.DIE_AFTER === name) process.kill(process.pid, "SIGKILL");
		return answer;
	};
}

const archive = createDecisionArchive(parts.mongo, planWorkflowId);
const cache = createDecisionCache(parts.redis, config.service.name);
// The first of the two steps of a reject: its record has begun, the plan has not been told.
const { workflow } = parts.temporal;
workflow.start = step("begun in Temporal", workflow.start.bind(workflow));
const accept = createAcceptDecision({
	plans: {
		startPlan: step("handed over", parts.plans.startPlan),
		recordDecision: step("handed over", parts.plans.recordDecision),
	},
	archive: {
		readPlan: step("recalled", archive.readPlan),
		readDecision: step("recalled", archive.readDecision),
	},
	cache: {
		find: step("looked up", cache.find),
		remember: step("remembered", cache.remember),
	},
	settings: config.plan,
	versions: config.versions,
	metrics: parts.intakeMetrics,
});
const letters = {
	producer: parts.producer,
	topic: parts.topics.consensusDlq,
	metrics: parts.intakeMetrics,
	log: parts.log,
};
await startDecisionConsumer({
	topic: parts.topics.consensus.name,
	openConsumer: ({ topics, handleBatch, setAside }) =>
		createBatchConsumer({
			...parts.kafka,
			groupId: config.kafka.groupId,
			topics,
			fromBeginning: true,
			concurrency: 1,
			sessionTimeoutMs: 6_000,
			handleBatch,
			setAside,
		}),
	decode: parts.codec.decode,
	accept: step("accepted", accept),
	setAside: createSetAside(letters),
	putDeadLetter: createPutDeadLetter(letters),
	countOpenPlans: async () => 0,
	maxOpenPlans: 1_000,
	metrics: parts.intakeMetrics,
	log: parts.log,
});
