import { setTimeout as sleep } from "node:timers/promises";
import { retryTopics } from "../../src/messaging/topics.ts";
import { eventually } from "../support/eventually.ts";
import { topics, type World } from "./world.ts";

const POLL_MS = 200;
/** What ends may begin something else, so rest must be seen more than once. */
const QUIET_ROUNDS = 3;

/** Who reads which topics; what they have not committed is still on its way. */
const readers = [
	{ groupId: "orchestrator-dynamic", topics: [topics.consensus.name] },
	{
		groupId: "orchestrator-dynamic-results",
		topics: [topics.results.name, topics.ticketsDlq.name],
	},
	{
		groupId: "orchestrator-dynamic-results-retry",
		topics: retryTopics(topics),
	},
	{
		groupId: "orchestrator-dynamic-approvals",
		topics: [topics.approvalResponses.name],
	},
	{
		groupId: "orchestrator-dynamic-dead-letters",
		topics: [
			topics.consensusDlq.name,
			topics.resultsDlq.name,
			topics.approvalResponsesDlq.name,
		],
	},
	{ groupId: "worker-agents", topics: [topics.tickets.name] },
];

/** Resolves when nothing is on its way any more; answers what still is when the time is over. */
export async function settle(
	world: World,
	timeoutMs: number,
): Promise<string[]> {
	const endAtMs = Date.now() + timeoutMs;
	let quiet = 0;
	let open: string[] = ["nobody has looked"];
	while (Date.now() < endAtMs) {
		open = await findOpen(world).catch((error: unknown) => [String(error)]);
		quiet = open.length === 0 ? quiet + 1 : 0;
		if (quiet === QUIET_ROUNDS) return [];
		if (open.length > 0) await cancelWaiting(world).catch(() => "next time");
		await sleep(POLL_MS);
	}
	return open.map((what) => `not settled after ${timeoutMs} ms: ${what}`);
}

async function findOpen(world: World): Promise<string[]> {
	const lags = await Promise.all(readers.map((one) => findLag(world, one)));
	const open = await world.temporal.workflow.count(
		`ExecutionStatus="Running" AND WorkflowType IN ("orchestratePlan", "recordDecision")`,
	);
	const buffered = await world.store
		.collection("telemetry_buffer")
		.countDocuments();
	return [
		...lags.flat(),
		...(open.count > 0 ? [`${open.count} workflows are open`] : []),
		...(buffered > 0 ? [`${buffered} telemetry frames are buffered`] : []),
	];
}

/** A malformed decision may have been read as one that a person must approve; nobody will. */
async function cancelWaiting({ temporal, apiUrl }: World): Promise<void> {
	const waiting = temporal.workflow.list({
		query: `ExecutionStatus="Running" AND PlanStatus="AWAITING_APPROVAL"`,
	});
	for await (const { workflowId } of waiting) {
		const planId = workflowId.replace(/^orch-/, "");
		await fetch(`${apiUrl}/api/v1/plans/${encodeURIComponent(planId)}/cancel`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ actor: "chaos", reason: "nobody approves it" }),
		});
	}
}

async function findLag(
	{ admin }: World,
	reader: (typeof readers)[number],
): Promise<string[]> {
	const committed = await admin.fetchOffsets(reader);
	const lags = await Promise.all(
		committed.map(async ({ topic, partitions }) => {
			const ends = await admin.fetchTopicOffsets(topic);
			const lag = ends.reduce((sum, { partition, high }) => {
				const own = partitions.find((one) => one.partition === partition);
				return sum + Number(high) - Math.max(0, Number(own?.offset ?? 0));
			}, 0);
			return { topic, lag };
		}),
	);
	return lags
		.filter(({ lag }) => lag > 0)
		.map(({ topic, lag }) => `${reader.groupId} is ${lag} behind on ${topic}`);
}

const READ_TIMEOUT_MS = 120_000;

/** Resolves when intake has dealt with every result that is on the topic now. */
export async function untilResultsRead({ admin }: World): Promise<void> {
	const topic = topics.results.name;
	const ends = await admin.fetchTopicOffsets(topic);
	await eventually(async () => {
		const [group] = await admin.fetchOffsets({
			groupId: "orchestrator-dynamic-results",
			topics: [topic],
		});
		return ends.every(({ partition, high }) => {
			const read = group?.partitions.find((one) => one.partition === partition);
			return Number(read?.offset ?? 0) >= Number(high);
		});
	}, READ_TIMEOUT_MS);
}
