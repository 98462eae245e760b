import { type Static, type TObject, Type } from "typebox";
import { count, durationMs, flag, HOUR_MS, topicName } from "./setting.ts";

const ratio = (defaultRatio: number, description: string) =>
	Type.Number({
		minimum: 0,
		maximum: 1,
		default: defaultRatio,
		description,
		example: String(defaultRatio),
	});

/** A list of words, separated by commas. */
const words = (defaultWords: string, pattern: string, description: string) =>
	Type.String({
		pattern: `^((${pattern})(\\s*,\\s*(${pattern}))*)?$`,
		rule: `some of ${pattern.replaceAll("|", ", ")}, separated by commas`,
		default: defaultWords,
		description,
		example: defaultWords,
	});

const weight = "(0(\\.\\d+)?|1(\\.0+)?)";

/** How C3 chooses workers. */
export const schedulerSettings = {
	ENABLE_INTELLIGENT_SCHEDULER: flag(
		true,
		"Choose workers by score; false: everybody who is able, in turn",
	),
	SCHEDULER_PRIORITY_WEIGHTS: Type.String({
		pattern: `^\\{\\s*"(risk|qos|sla)"\\s*:\\s*${weight}(\\s*,\\s*"(risk|qos|sla)"\\s*:\\s*${weight}){2}\\s*\\}$`,
		rule: "a JSON object with the numbers risk, qos and sla, which add up to 1",
		default: '{"risk": 0.4, "qos": 0.3, "sla": 0.3}',
		description: "Weights of a ticket's priority score",
		example: '{"risk": 0.4, "qos": 0.3, "sla": 0.3}',
	}),
	SCHEDULER_AGENT_WEIGHT: ratio(
		0.6,
		"Weight of a worker's own score in the choice of a worker; the rest is the ticket's priority. `orchestrator ml weights` says what others would have done",
	),
	SCHEDULER_QUEUE_FACTOR: Type.Number({
		minimum: 1,
		maximum: 100,
		default: 2,
		description:
			"Places in a worker's queue for each ticket that it executes at once, those it executes included",
		example: "2",
	}),
	BURST_CAPACITY_FACTOR: Type.Number({
		minimum: 1,
		maximum: 10,
		default: 1.5,
		description:
			"Places of a saturated task type, as a multiple of the usual ones, for plans that policy gives burst capacity; 1: no burst",
		example: "1.5",
	}),
	BURST_CAPACITY_HOLD_SECONDS: count(
		60,
		3_600,
		"Seconds after the last saturation at which a burst ends",
	),
	SCHEDULER_VIEW_MAX_AGE_MS: durationMs(
		30_000,
		"Workers are chosen by a view of them that is at most so old; then everybody who is able, in turn",
	),
	TICKETS_ROUTING: Type.Enum(["key", "worker"], {
		default: "key",
		description:
			"Where V2 tickets go: key, by their Kafka key, to whoever reads that partition; worker, to a partition that the chosen worker reads",
		example: "worker",
	}),
	TICKETS_CONSUMER_GROUP_ID: topicName(
		"worker-agents",
		"Consumer group of the worker agents; TICKETS_ROUTING=worker asks Kafka who of it reads which partition",
	),
	SCHEDULER_NOBODY_FITS_WAIT_MS: durationMs(
		0,
		"How long a V2 ticket waits for a worker that fits when there is none",
		0,
	),
	SCHEDULER_PAUSED_WAIT_MS: durationMs(
		HOUR_MS,
		"How long a V2 ticket waits while the workers that fit, or its task type, are held back",
		0,
	),
	SCHEDULER_FULL_WAIT_MS: durationMs(
		600_000,
		"With TICKETS_ROUTING=worker: how long a ticket waits for a place; then it goes out all the same",
		0,
	),
	SCHEDULER_WHEN_NOBODY_FITS: Type.Enum(["fallback", "reject"], {
		default: "fallback",
		description:
			"What becomes of a V2 ticket for which nobody fits in time: fallback, everybody who is able has turns, else all; reject, it fails",
		example: "reject",
	}),
	SCHEDULER_ENABLE_PREEMPTION: flag(
		false,
		"With TICKETS_ROUTING=worker, for plans that policy gives experimental features: a HIGH or CRITICAL ticket that finds all its workers full has one of them give up a running LOW one",
	),
	SCHEDULER_PREEMPTION_GRACE_PERIOD_SECONDS: count(
		30,
		300,
		"Seconds that a worker has to give a preempted ticket up",
	),
	SCHEDULER_PREEMPTION_MAX_CONCURRENT: count(
		5,
		20,
		"Preemptions at the same time, in all processes together",
	),
	SCHEDULER_PREEMPTION_WORKER_COOLDOWN_SECONDS: count(
		60,
		600,
		"Seconds between two preemptions at one worker",
	),
	SCHEDULER_PREEMPTION_RETRY_DELAY_SECONDS: count(
		300,
		3_600,
		"Seconds until the next attempt of a preempted ticket",
	),
	SCHEDULER_ENABLE_TRACES: flag(
		true,
		"Successes and failures leave traces on workers, by task type and capability set, and count in their scores",
	),
	SCHEDULER_TRACES_HALF_LIFE_SECONDS: count(
		600,
		86_400,
		"Seconds in which half of a trace evaporates; a worker that fails is tried again after a tenth of them",
	),
	SCHEDULER_ENABLE_AFFINITY: flag(
		true,
		"Prefer workers that have tickets of the same plan or intent, and keep critical tickets apart",
	),
	SCHEDULER_AFFINITY_PLAN_WEIGHT: ratio(
		0.6,
		"How much tickets of the same plan count; the three weights add up to 1",
	),
	SCHEDULER_AFFINITY_ANTI_WEIGHT: ratio(
		0.3,
		"How much it counts that critical tickets are kept apart",
	),
	SCHEDULER_AFFINITY_INTENT_WEIGHT: ratio(
		0.1,
		"How much tickets of the same intent count",
	),
	SCHEDULER_AFFINITY_PLAN_THRESHOLD: count(
		3,
		1_000,
		"So many tickets of a plan or intent on a worker count as much as more",
	),
	SCHEDULER_AFFINITY_ANTI_AFFINITY_RISK_BANDS: words(
		"critical,high",
		"critical|high|medium|low",
		"Tickets of these risk bands are kept apart",
	),
	SCHEDULER_AFFINITY_ANTI_AFFINITY_PRIORITIES: words(
		"CRITICAL,HIGH",
		"CRITICAL|HIGH|NORMAL|LOW",
		"Tickets of these priorities are kept apart",
	),
};

type Known = Partial<Record<keyof typeof schedulerSettings, unknown>>;

/** Weights that do not add up; one line each. */
export function findSchedulerProblems(settings: Known): string[] {
	const affinity = [
		settings.SCHEDULER_AFFINITY_PLAN_WEIGHT,
		settings.SCHEDULER_AFFINITY_ANTI_WEIGHT,
		settings.SCHEDULER_AFFINITY_INTENT_WEIGHT,
	];
	const text = settings.SCHEDULER_PRIORITY_WEIGHTS;
	const priority = typeof text === "string" ? readPriorityWeights(text) : null;
	return [
		...(settings.SCHEDULER_ENABLE_PREEMPTION === true &&
		settings.TICKETS_ROUTING !== "worker"
			? [
					"SCHEDULER_ENABLE_PREEMPTION needs TICKETS_ROUTING=worker: otherwise nobody knows that the place goes to the urgent ticket",
				]
			: []),
		...(addUpToOne(affinity)
			? []
			: [
					"SCHEDULER_AFFINITY_PLAN_WEIGHT, SCHEDULER_AFFINITY_ANTI_WEIGHT and SCHEDULER_AFFINITY_INTENT_WEIGHT do not add up to 1; for example 0.6, 0.3 and 0.1",
				]),
		...(priority === null ||
		addUpToOne([priority.risk, priority.qos, priority.sla])
			? []
			: [
					'SCHEDULER_PRIORITY_WEIGHTS needs risk, qos and sla, which add up to 1; for example {"risk": 0.4, "qos": 0.3, "sla": 0.3}',
				]),
	];
}

/** Invalid settings are told elsewhere. */
function addUpToOne(weights: readonly unknown[]): boolean {
	if (weights.some((one) => one === undefined)) return true;
	const total = (weights as number[]).reduce((a, b) => a + b, 0);
	return Math.abs(total - 1) <= 0.001;
}

/** What the scheduler is given. */
export function toSchedulerConfig(
	env: Static<TObject<typeof schedulerSettings>> & {
		TICKET_QUEUE_ALLOWANCE_MS: number;
	},
) {
	return {
		enabled: env.ENABLE_INTELLIGENT_SCHEDULER,
		priorityWeights: readPriorityWeights(env.SCHEDULER_PRIORITY_WEIGHTS),
		agentWeight: env.SCHEDULER_AGENT_WEIGHT,
		queueFactor: env.SCHEDULER_QUEUE_FACTOR,
		/** Consumer group of the worker agents. */
		workerGroupId: env.TICKETS_CONSUMER_GROUP_ID,
		/** undefined: tickets go by their keys. */
		routing:
			env.TICKETS_ROUTING === "worker"
				? { groupId: env.TICKETS_CONSUMER_GROUP_ID }
				: undefined,
		waits: {
			nobodyMs: env.SCHEDULER_NOBODY_FITS_WAIT_MS,
			pausedMs: env.SCHEDULER_PAUSED_WAIT_MS,
			fullMs: env.SCHEDULER_FULL_WAIT_MS,
			thenReject: env.SCHEDULER_WHEN_NOBODY_FITS === "reject",
		},
		viewMaxAgeMs: env.SCHEDULER_VIEW_MAX_AGE_MS,
		affinity: {
			enabled: env.SCHEDULER_ENABLE_AFFINITY,
			planWeight: env.SCHEDULER_AFFINITY_PLAN_WEIGHT,
			antiWeight: env.SCHEDULER_AFFINITY_ANTI_WEIGHT,
			intentWeight: env.SCHEDULER_AFFINITY_INTENT_WEIGHT,
			threshold: env.SCHEDULER_AFFINITY_PLAN_THRESHOLD,
		},
		criticalRiskBands: listWords(
			env.SCHEDULER_AFFINITY_ANTI_AFFINITY_RISK_BANDS,
		),
		criticalPriorities: listWords(
			env.SCHEDULER_AFFINITY_ANTI_AFFINITY_PRIORITIES,
		),
		queueAllowanceMs: env.TICKET_QUEUE_ALLOWANCE_MS,
		/** undefined: nobody is preempted. */
		preemption: env.SCHEDULER_ENABLE_PREEMPTION
			? {
					graceMs: env.SCHEDULER_PREEMPTION_GRACE_PERIOD_SECONDS * 1000,
					maxConcurrent: env.SCHEDULER_PREEMPTION_MAX_CONCURRENT,
					cooldownMs: env.SCHEDULER_PREEMPTION_WORKER_COOLDOWN_SECONDS * 1000,
				}
			: undefined,
		/** 0: nothing leaves traces. */
		traceHalfLifeMs: env.SCHEDULER_ENABLE_TRACES
			? env.SCHEDULER_TRACES_HALF_LIFE_SECONDS * 1000
			: 0,
		burst: {
			factor: env.BURST_CAPACITY_FACTOR,
			holdMs: env.BURST_CAPACITY_HOLD_SECONDS * 1000,
		},
	};
}

function listWords(text: string): string[] {
	return text.split(",").map((part) => part.trim());
}

/** The weights in a text that has the setting's pattern. */
function readPriorityWeights(text: string): {
	risk: number;
	qos: number;
	sla: number;
} {
	const {
		risk = 0,
		qos = 0,
		sla = 0,
	} = JSON.parse(text) as Partial<Record<"risk" | "qos" | "sla", number>>;
	return { risk, qos, sla };
}
