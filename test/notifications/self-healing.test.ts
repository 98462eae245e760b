import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createPublishIncident } from "../../activities/publish-incident.ts";
import { createIncident } from "../../src/domain/incident.ts";
import {
	type RemediationRequest,
	remediationOf,
} from "../../src/domain/remediation.ts";
import { createSelfHealing } from "../../src/notifications/channels.ts";
import { inActivity } from "../support/activity-context.ts";
import { identity } from "../support/executions.ts";

const incident = createIncident(identity, {
	occasion: "o",
	type: "TICKET_TIMEOUT",
	details: ["ticket t-1 timed out"],
	affectedTickets: ["t-1"],
	escalate: false,
	createdAt: 1_000,
});

test("remediationOf: a time-out asks for its playbook, with ticket and worker (flow-c, 2.6)", () => {
	assert.deepEqual(remediationOf(incident, { suspects: ["agent-7"] }), {
		remediation_id: incident.incident_id,
		incident_id: incident.incident_id,
		playbook_name: "ticket_timeout_recovery",
		parameters: {
			workflow_id: "orch-p-1",
			incident_type: "TICKET_TIMEOUT",
			inconsistencies: ["ticket t-1 timed out"],
			affected_tickets: ["t-1"],
			ticket_id: "t-1",
			worker_id: "agent-7",
			previous_worker_id: "agent-7",
			namespace: "default",
		},
		execution_mode: "AUTOMATIC",
	});
	assert.equal(
		remediationOf(incident, {})?.parameters.worker_id,
		"unknown-worker",
	);
});

test("remediationOf: a promise that was broken asks with what was broken, and by how much (flow-c, 2.6)", () => {
	const broken = createIncident(identity, {
		...{ occasion: "o", type: "SLA_VIOLATION", details: ["late"] },
		...{ affectedTickets: ["t-1"], escalate: false, createdAt: 1_000 },
	});
	const worst = {
		service_name: "orchestrator-dynamic",
		violation_type: "DEADLINE_EXCEEDED",
		delay_ms: 20_000,
	} as const;
	const request = remediationOf(broken, { worst });
	assert.equal(request?.playbook_name, "sla_violation_mitigation");
	assert.deepEqual(request?.parameters, {
		workflow_id: "orch-p-1",
		incident_type: "SLA_VIOLATION",
		inconsistencies: ["late"],
		affected_tickets: ["t-1"],
		...worst,
	});
});

test("remediationOf: what a person must look at is not remedied by itself", () => {
	const none = { ...incident, recommended_playbook: null };
	assert.equal(remediationOf(none, {}), undefined);
	const forbidden = { ...incident, auto_remediation_enabled: false };
	assert.equal(remediationOf(forbidden, {}), undefined);
});

test("publishIncident: asks for the remedy once the incident is on its topic", async () => {
	const log: string[] = [];
	const publishIncident = createPublishIncident({
		incidents: { publishIncident: async () => void log.push("topic") },
		leases: { lostAgents: async (agents) => [...agents] },
		healing: {
			request: async ({ playbook_name, parameters }) =>
				void log.push(`${playbook_name} ${parameters.worker_id}`),
		},
	});
	const suspected_agents = ["agent-7"];
	await inActivity(() => publishIncident({ ...incident, suspected_agents }));
	assert.deepEqual(log, ["topic", "worker_failure_recovery agent-7"]);
});

test("selfHealing: asks the engine; what it does not take is a failure, what it has already is none", async (t) => {
	const asked: { url: string; body: RemediationRequest }[] = [];
	let status = 202;
	const server = createServer(async (request, response) => {
		let body = "";
		for await (const chunk of request) body += String(chunk);
		asked.push({ url: String(request.url), body: JSON.parse(body) });
		response.statusCode = status;
		response.end("{}");
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}`;
	const ask = createSelfHealing({ url, timeoutMs: 2_000 });
	const request = remediationOf(incident, {}) as RemediationRequest;
	await ask(request);
	assert.equal(asked[0]?.url, "/api/v1/remediation/execute");
	assert.deepEqual(asked[0]?.body, request);
	status = 409;
	await ask(request);
	status = 500;
	await assert.rejects(ask(request), { code: "NOTIFICATION_UNDELIVERED" });
});
