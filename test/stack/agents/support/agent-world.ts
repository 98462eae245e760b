import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { ExecutionResult } from "../../../../schemas/execution-result.ts";
import type { Log } from "../../../../src/log.ts";
import { createBatchConsumer } from "../../../../src/messaging/consumer.ts";
import { ensureTopics } from "../../../../src/messaging/ensure-topics.ts";
import { fromText } from "../../../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../../../src/messaging/producer.ts";
import { createTopicTable } from "../../../../src/messaging/topics.ts";
import type { AgentsOptions } from "../../../../stack/agents/agents-options.ts";
import { startAgents } from "../../../../stack/agents/start-agents.ts";
import { headersByName } from "../../../support/headers-by-name.ts";
import { serverAddress } from "../../../support/server-address.ts";

const silent: Log = {
	debug: () => {},
	info: () => {},
	warn: () => {},
	error: () => {},
};

export interface SeenRecord<Body> {
	key: string;
	headers: Record<string, string>;
	body: Body;
}

export type DeadLetter = Record<string, unknown> & {
	dlq_metadata: Record<string, unknown>;
};

/** Topics, a group and a ticket API of the test's own on the real broker. */
export async function openAgentWorld(t: TestContext) {
	const prefix = `agents-${randomUUID().slice(0, 8)}.`;
	const topicNames = { prefix, maxPartitions: 1 };
	const topics = createTopicTable(topicNames);
	const brokers = serverAddress("KAFKA_BOOTSTRAP_SERVERS").split(",");
	const kafka = { brokers, clientId: "agents-test", log: silent };
	const { tickets, results, ticketsDlq } = topics;
	const table = { tickets, results, ticketsDlq } as typeof topics;
	await ensureTopics(kafka, table, { replicationFactor: 1 });
	const producer = await createProducer({ ...kafka, compression: "none" });
	t.after(() => producer.close());

	const seen: {
		results: SeenRecord<ExecutionResult>[];
		dead: SeenRecord<DeadLetter>[];
	} = { results: [], dead: [] };
	const reader = await createBatchConsumer({
		...kafka,
		groupId: `${prefix}reader`,
		topics: [results.name, ticketsDlq.name],
		fromBeginning: true,
		concurrency: 2,
		async handleBatch({ topic, messages }) {
			for (const { key, headers, value } of messages) {
				const body = JSON.parse(String(value));
				const record = {
					key: String(key),
					headers: headersByName(headers),
					body,
				};
				if (topic === results.name) seen.results.push(record);
				else seen.dead.push(record);
			}
		},
	});
	t.after(() => reader.stop());

	const api = await serveTickets(t);
	const options: AgentsOptions = {
		agents: 1,
		brokers,
		redisNodes: serverAddress("REDIS_CLUSTER_NODES").split(","),
		apiUrl: api.url,
		topicNames,
		groupId: `${prefix}workers`,
	};

	return {
		seen,
		statuses: api.statuses,
		redisNodes: options.redisNodes ?? [],
		/** Results of one ticket, RUNNING left out, in order. */
		answersOf: (ticketId: string) =>
			seen.results
				.filter(
					({ key, body }) => key === ticketId && body.status !== "RUNNING",
				)
				.map(({ body }) => body),
		async start({ settings = {}, ...spec }: Partial<AgentsOptions> = {}) {
			const quick = { durationMs: { min: 1, max: 5 }, pollMs: 10 };
			const agents = await startAgents({
				...options,
				...spec,
				settings: {
					...quick,
					crashDowntimeMs: 10,
					leaseMs: 1_500,
					...settings,
				},
			});
			t.after(() => agents.stop());
			await agents.ready();
			return agents;
		},
		async publish(...bodies: unknown[]) {
			await producer.send(
				bodies.map((body) =>
					fromText({
						topic: tickets.name,
						key: "plan",
						value: Buffer.isBuffer(body)
							? body
							: Buffer.from(JSON.stringify(body)),
					}),
				),
			);
		},
	};
}

/** A ticket as C4 publishes it, in what agents look at. */
export function wireTicket(spec: Record<string, unknown> = {}) {
	return {
		ticket_id: randomUUID(),
		plan_id: "plan-of-nobody",
		task_id: "task",
		task_type: "EXECUTE",
		status: "PENDING",
		dependencies: [] as string[],
		parameters: {} as Record<string, string>,
		retry_count: 0,
		sla: { deadline: 0, timeout_ms: 60_000, max_retries: 1 },
		metadata: { orchestrator_version: "V1" },
		...spec,
	};
}

/** The ticket route of the API over a table of statuses; 404 for the others. */
async function serveTickets(t: TestContext) {
	const statuses = new Map<string, Record<string, unknown>>();
	const server = createServer((request, response) => {
		const ticketId = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
		const ticket = statuses.get(ticketId);
		response.writeHead(ticket === undefined ? 404 : 200);
		response.end(JSON.stringify(ticket ?? {}));
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { statuses, url: `http://127.0.0.1:${port}` };
}
