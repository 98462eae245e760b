import assert from "node:assert/strict";
import { test } from "node:test";
import { createDrainTelemetry } from "../../activities/drain-telemetry.ts";
import { createPublishApprovalRequest } from "../../activities/publish-approval-request.ts";
import { createPublishIncident } from "../../activities/publish-incident.ts";
import { createPublishTelemetry } from "../../activities/publish-telemetry.ts";
import { createPublishTickets } from "../../activities/publish-tickets.ts";
import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { blameWorkers, createIncident } from "../../src/domain/incident.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import { inActivity } from "../support/activity-context.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";

const away = new OrchestratorError("PUBLISH_UNCONFIRMED", "no brokers");

function someTickets(): ExecutionTicket[] {
	const { specs, terms } = ticketsOf([["a"], ["b"]]);
	const execution = createExecution("p-1", specs, rules);
	return specs.map((_, ticket) =>
		toWireTicket(execution, ticket, 1, identity, terms),
	);
}

test("publishTickets: answers when they are on the topic", async () => {
	const log: string[] = [];
	const tickets = someTickets();
	const publishTickets = createPublishTickets({
		tokens: createResultTokens([], []),
		tickets: {
			async publishTickets(batch) {
				for (const { ticket_id } of batch.tickets)
					log.push(`topic ${ticket_id} by ${batch.partition_key}`);
			},
		},
	});
	const before = Date.now();
	const atMs = await inActivity(() =>
		publishTickets({ plan_id: "p-1", partition_key: "plan", tickets }),
	);
	assert.ok(atMs >= before && atMs <= Date.now());
	assert.deepEqual(
		log,
		tickets.map(({ ticket_id }) => `topic ${ticket_id} by plan`),
	);
});

test("publishTickets: what is not acknowledged is not published", async () => {
	const publishTickets = createPublishTickets({
		tokens: createResultTokens([], []),
		tickets: {
			async publishTickets() {
				throw away;
			},
		},
	});
	const batch = { plan_id: "p", partition_key: "plan", tickets: [] } as const;
	await assert.rejects(
		inActivity(() => publishTickets({ ...batch, tickets: [] })),
		{ code: "PUBLISH_UNCONFIRMED" },
	);
});

function frame(id: number): TelemetryFrame {
	return { frame_id: `f-${id}` } as TelemetryFrame;
}

test("publishTelemetry, publishIncident, publishApprovalRequest: one record each, with the attempt's bounds", async () => {
	const seen: unknown[] = [];
	const publishTelemetry = createPublishTelemetry({
		frames: {
			async publishFrames(frames, { timeoutMs }) {
				seen.push(...frames.map(({ frame_id }) => frame_id), timeoutMs);
			},
		},
	});
	const publishIncident = createPublishIncident({
		incidents: {
			async publishIncident({ incident_type }, { timeoutMs }) {
				seen.push(incident_type, timeoutMs);
			},
		},
		leases: { lostAgents: async () => [] },
	});
	const incident = createIncident(identity, {
		occasion: "o",
		type: "INCONSISTENCY",
		details: [],
		affectedTickets: [],
		escalate: false,
		createdAt: 1,
	});
	await inActivity(() => publishTelemetry(frame(1)));
	await inActivity(() => publishIncident(incident));
	const publishApprovalRequest = createPublishApprovalRequest({
		approvals: {
			async publishApprovalRequest({ request_id }, { timeoutMs }) {
				seen.push(request_id, timeoutMs);
			},
		},
	});
	const request = { request_id: "r" } as ApprovalRequest;
	await inActivity(() => publishApprovalRequest(request));
	const published = ["f-1", 9_500, "INCONSISTENCY", 9_500, "r", 9_500];
	assert.deepEqual(seen, published);
});

const timedOut = createIncident(identity, {
	occasion: "o",
	type: "TICKET_TIMEOUT",
	details: [],
	affectedTickets: [],
	escalate: false,
	createdAt: 1,
});

/** Publishes a time-out with such leases; answers what went out and who was asked after. */
async function publishTimeout(
	lostAgents: (ids: readonly string[]) => Promise<string[]>,
	suspected_agents?: string[],
) {
	const published: OrchestrationIncident[] = [];
	const asked: string[] = [];
	const publishIncident = createPublishIncident({
		incidents: {
			publishIncident: async (incident) => void published.push(incident),
		},
		leases: {
			async lostAgents(ids) {
				asked.push(...ids);
				return await lostAgents(ids);
			},
		},
	});
	const draft = { ...timedOut, ...(suspected_agents && { suspected_agents }) };
	await inActivity(() => publishIncident(draft));
	return { published, asked };
}

test("publishIncident: a suspect whose lease is gone makes it the failure of a worker", async () => {
	const { published } = await publishTimeout(
		async () => ["agent-2"],
		["agent-1", "agent-2"],
	);
	assert.deepEqual(published, [blameWorkers(timedOut, ["agent-2"])]);
});

test("publishIncident: who holds a lease, or of whom nobody knows, is not blamed", async () => {
	const alive = await publishTimeout(async () => [], ["agent-1"]);
	assert.deepEqual(alive, { published: [timedOut], asked: ["agent-1"] });
	const unknown = await publishTimeout(async () => {
		throw new OrchestratorError("CACHE_UNAVAILABLE", "Redis is away");
	}, ["agent-1"]);
	assert.deepEqual(unknown.published, [timedOut]);
	const none = await publishTimeout(async (ids) => [...ids]);
	assert.deepEqual(none, { published: [timedOut], asked: [] });
});

/** A buffer of so many frames, and a topic that fails from a number of frames on. */
function openDrain(frameCount: number, failsFrom = Infinity) {
	let buffered = Array.from({ length: frameCount }, (_, id) => frame(id));
	const published: string[] = [];
	const drainTelemetry = createDrainTelemetry({
		frames: {
			async publishFrames(frames) {
				if (published.length >= failsFrom) throw away;
				published.push(...frames.map(({ frame_id }) => frame_id));
			},
		},
		buffer: {
			oldest: async (limit) => buffered.slice(0, limit),
			async remove(frameIds) {
				buffered = buffered.filter(
					({ frame_id }) => !frameIds.includes(frame_id),
				);
			},
		},
	});
	return { drainTelemetry, published, left: () => buffered.length };
}

test("drainTelemetry: everything goes out once, the oldest first, and leaves the buffer", async () => {
	const { drainTelemetry, published, left } = openDrain(250);
	assert.equal(await inActivity(drainTelemetry), 250);
	assert.equal(left(), 0);
	assert.deepEqual(
		published,
		Array.from({ length: 250 }, (_, id) => `f-${id}`),
	);
	assert.equal(await inActivity(openDrain(0).drainTelemetry), 0);
});

test("drainTelemetry: what was not acknowledged stays in the buffer", async () => {
	const { drainTelemetry, published, left } = openDrain(250, 100);
	await assert.rejects(inActivity(drainTelemetry), {
		code: "PUBLISH_UNCONFIRMED",
	});
	assert.equal(published.length, 100);
	assert.equal(left(), 150);
});
