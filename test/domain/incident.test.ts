import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Value } from "typebox/value";
import { orchestrationIncidentSchema } from "../../schemas/orchestration-incident.ts";
import { canonicalJson, textHash } from "../../src/domain/canonical-json.ts";
import {
	blameWorkers,
	createIncident,
	type IncidentFacts,
} from "../../src/domain/incident.ts";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import { identity } from "../support/executions.ts";

const facts: IncidentFacts = {
	occasion: "orch-p-1:run-1/consolidation",
	type: "TICKET_TIMEOUT",
	details: ["ticket of task a timed_out: no result"],
	affectedTickets: ["t-1"],
	escalate: false,
	createdAt: 1_000,
};

const types = ["INCONSISTENCY", "SLA_VIOLATION", "TICKET_TIMEOUT"] as const;

test("createIncident, blameWorkers: are the record of the contract", () => {
	for (const type of types)
		for (const escalate of [true, false]) {
			const incident = createIncident(identity, { ...facts, type, escalate });
			assert.ok(Value.Check(orchestrationIncidentSchema, incident));
			const blamed = blameWorkers(incident, ["agent-1"]);
			assert.ok(Value.Check(orchestrationIncidentSchema, blamed));
		}
});

test("createIncident: the hash is that of the other fields' sorted JSON", () => {
	const { hash, ...fields } = createIncident(identity, facts);
	const sorted = JSON.stringify(
		fields,
		Object.keys(fields).sort() as (keyof typeof fields)[],
	);
	assert.equal(hash, createHash("sha256").update(sorted).digest("hex"));
});

test("createIncident: the same occasion is the same incident, another is another", () => {
	const first = createIncident(identity, facts);
	assert.deepEqual(createIncident(identity, facts), first);
	const later = createIncident(identity, { ...facts, createdAt: 2_000 });
	assert.equal(later.incident_id, first.incident_id);
	assert.notEqual(later.hash, first.hash);
	const other = createIncident(identity, { ...facts, occasion: "other" });
	assert.notEqual(other.incident_id, first.incident_id);
});

// contracts.md, "Incidents"
const kinds = [
	["TICKET_TIMEOUT", "WARNING", "ticket_timeout_recovery"],
	["SLA_VIOLATION", "CRITICAL", "sla_violation_mitigation"],
	["INCONSISTENCY", "WARNING", null],
] as const;

for (const [type, severity, playbook] of kinds)
	test(`createIncident: ${type} is ${severity}, its playbook ${playbook}`, () => {
		const incident = createIncident(identity, { ...facts, type });
		assert.equal(incident.severity, severity);
		assert.equal(incident.recommended_playbook, playbook);
		assert.equal(incident.escalation_required, severity === "CRITICAL");
		// Without a playbook there is nothing that could remedy it.
		assert.equal(incident.auto_remediation_enabled, playbook !== null);
	});

test("createIncident: what a person must act on is critical and nothing remedies it by itself", () => {
	for (const type of types) {
		const incident = createIncident(identity, {
			...facts,
			type,
			escalate: true,
		});
		assert.equal(incident.severity, "CRITICAL");
		assert.equal(incident.escalation_required, true);
		assert.equal(incident.auto_remediation_enabled, false);
		assert.equal(incident.recommended_playbook, null);
	}
});

test("createIncident: a record fits a topic, and says what it leaves out", () => {
	const affectedTickets = Array.from({ length: 20_000 }, (_, id) => `t-${id}`);
	const details = affectedTickets.map((id) => `${id} failed`);
	const incident = createIncident(identity, {
		...facts,
		affectedTickets,
		details,
	});
	assert.equal(incident.affected_tickets.length, 4_000);
	assert.equal(incident.details.length, 101);
	assert.equal(incident.details.at(-1), "16000 more ids are left out");
});

test("createIncident: long sentences and ids fit the topic too", () => {
	const long = (id: number) => `${id} ${"漢".repeat(1_000)}`;
	const many = Array.from({ length: 4_000 }, (_, id) => long(id));
	const incident = createIncident(identity, {
		...facts,
		affectedTickets: many,
		details: many,
	});
	assert.ok(jsonBytes(incident) < 524_288);
	const { length } = incident.affected_tickets;
	assert.equal(
		incident.details.at(-1),
		`${4_000 - length} more ids are left out`,
	);
});

test("blameWorkers: the same incident is then the failure of a worker, with its playbook", () => {
	const incident = createIncident(identity, facts);
	const blamed = blameWorkers(incident, ["agent-7"]);
	assert.partialDeepStrictEqual(blamed, {
		incident_id: incident.incident_id,
		incident_type: "WORKER_FAILURE",
		severity: "CRITICAL",
		recommended_playbook: "worker_failure_recovery",
		auto_remediation_enabled: true,
		escalation_required: true,
		affected_tickets: incident.affected_tickets,
		details: ["worker agent-7 has lost its lease", ...incident.details],
	});
	const { hash, ...fields } = blamed;
	assert.equal(hash, textHash(canonicalJson(fields)));
});
