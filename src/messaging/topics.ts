const DAY_MS = 86_400_000;
const MB = 1_048_576;

export interface TopicSpec {
	name: string;
	partitions: number;
	retentionMs: number;
	maxMessageBytes: number;
	cleanup: "delete" | "compact";
	/** When a record came is for the broker to say. */
	stampedByBroker?: true;
}

type TopicDefaults = Omit<TopicSpec, "name" | "cleanup"> & { name: string };

/** Results that wait for their plan; each of these topics has one delay. */
function waiting(name: string): TopicDefaults {
	return {
		name,
		partitions: 3,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: 2 * MB,
	};
}

/** The only place with topic names. A dead-letter topic is named after its own topic and keeps 30 days. */
const defaults = {
	consensus: {
		name: "plans.consensus",
		partitions: 6,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: 2 * MB,
	},
	consensusDlq: {
		name: "plans.consensus.dlq",
		partitions: 3,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: 4 * MB,
	},
	tickets: {
		name: "execution.tickets",
		partitions: 12,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: MB,
	},
	ticketsDlq: {
		name: "execution.tickets.dlq",
		partitions: 3,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: 2 * MB,
		stampedByBroker: true,
	},
	results: {
		name: "execution.results",
		partitions: 6,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: MB,
		stampedByBroker: true,
	},
	resultsRetry: waiting("execution.results.retry"),
	resultsRetry2: waiting("execution.results.retry.2"),
	resultsRetry3: waiting("execution.results.retry.3"),
	resultsRetry4: waiting("execution.results.retry.4"),
	resultsDlq: {
		name: "execution.results.dlq",
		partitions: 3,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: 2 * MB,
	},
	incidents: {
		name: "orchestration.incidents",
		partitions: 6,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: MB / 2,
	},
	slaAlerts: {
		name: "sla.alerts",
		partitions: 6,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: MB / 4,
	},
	slaViolations: {
		name: "sla.violations",
		partitions: 6,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: MB / 4,
	},
	allocationOutcomes: {
		name: "ml.allocation_outcomes",
		partitions: 6,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: MB / 4,
	},
	planNotifications: {
		name: "plan.notifications",
		partitions: 3,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: MB / 4,
	},
	rolloutEvents: {
		name: "rollout.events",
		partitions: 6,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: MB / 4,
	},
	telemetry: {
		name: "telemetry.orchestration",
		partitions: 12,
		retentionMs: 14 * DAY_MS,
		maxMessageBytes: 2 * MB,
	},
	approvalRequests: {
		name: "cognitive-plans-approval-requests",
		partitions: 3,
		retentionMs: 7 * DAY_MS,
		maxMessageBytes: 4 * MB,
	},
	approvalResponses: {
		name: "cognitive-plans-approval-responses",
		partitions: 3,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: 4 * MB,
	},
	approvalResponsesDlq: {
		name: "cognitive-plans-approval-responses.dlq",
		partitions: 3,
		retentionMs: 30 * DAY_MS,
		maxMessageBytes: 8 * MB,
	},
} satisfies Record<string, TopicDefaults>;

export type TopicRole = keyof typeof defaults;
export type TopicTable = Readonly<Record<TopicRole, TopicSpec>>;

export interface TopicNames {
	/** Prefix of every name, so that concurrent tests have their own topics. */
	prefix?: string;
	consensus?: string;
	tickets?: string;
	approvalRequests?: string;
	approvalResponses?: string;
	slaAlerts?: string;
	slaViolations?: string;
	allocationOutcomes?: string;
	/** Upper bound of partitions a topic; tests need few. */
	maxPartitions?: number;
}

/** Every topic of this service by its role; the dead-letter names follow an overridden name. */
export function createTopicTable({
	prefix = "",
	consensus = defaults.consensus.name,
	tickets = defaults.tickets.name,
	approvalRequests = defaults.approvalRequests.name,
	approvalResponses = defaults.approvalResponses.name,
	slaAlerts = defaults.slaAlerts.name,
	slaViolations = defaults.slaViolations.name,
	allocationOutcomes = defaults.allocationOutcomes.name,
	maxPartitions = Number.POSITIVE_INFINITY,
}: TopicNames = {}): TopicTable {
	const renamed: Partial<Record<TopicRole, string>> = {
		consensus,
		consensusDlq: `${consensus}.dlq`,
		tickets,
		ticketsDlq: `${tickets}.dlq`,
		approvalRequests,
		approvalResponses,
		approvalResponsesDlq: `${approvalResponses}.dlq`,
		slaAlerts,
		slaViolations,
		allocationOutcomes,
	};
	const entries = Object.entries(defaults) as [TopicRole, TopicDefaults][];
	return Object.fromEntries(
		entries.map(([role, topic]) => [
			role,
			{
				...topic,
				name: prefix + (renamed[role] ?? topic.name),
				partitions: Math.min(topic.partitions, maxPartitions),
				cleanup: "delete",
			},
		]),
	) as Record<TopicRole, TopicSpec>;
}

export interface DeadLetterTopic {
	name: string;
	/**
	 * The topics of these dead letters: a letter can be sent back to one of them only, by default to the first.
	 */
	sources: [string, ...string[]];
}

/** The dead letter topics of this service; `execution.tickets.dlq` belongs to the workers. */
export function deadLetterTopics(table: TopicTable): DeadLetterTopic[] {
	const { consensus, consensusDlq, results, resultsDlq, ticketsDlq } = table;
	const { approvalResponses, approvalResponsesDlq } = table;
	return [
		{ name: consensusDlq.name, sources: [consensus.name] },
		{ name: resultsDlq.name, sources: [results.name, ticketsDlq.name] },
		{ name: approvalResponsesDlq.name, sources: [approvalResponses.name] },
	];
}

/** The retry topics of results, from the shortest delay to the longest. */
export function retryTopics(table: TopicTable): string[] {
	const { resultsRetry, resultsRetry2, resultsRetry3, resultsRetry4 } = table;
	return [resultsRetry, resultsRetry2, resultsRetry3, resultsRetry4].map(
		({ name }) => name,
	);
}
