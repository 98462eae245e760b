import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Value } from "typebox/value";
import {
	incidentTypes,
	orchestrationIncidentSchema,
} from "../../schemas/orchestration-incident.ts";
import {
	createIncident,
	type IncidentFacts,
} from "../../src/domain/incident.ts";
import { identity } from "../support/executions.ts";

const facts: IncidentFacts = {
	occasion: "orch-p-1:run-1/consolidation",
	type: "TICKET_TIMEOUT",
	details: ["ticket of task a timed_out: no result"],
	affectedTickets: ["t-1"],
	escalate: false,
	createdAt: 1_000,
};

test("createIncident: is the record of the contract", () => {
	for (const type of incidentTypes)
		for (const escalate of [true, false]) {
			const incident = createIncident(identity, { ...facts, type, escalate });
			assert.ok(Value.Check(orchestrationIncidentSchema, incident));
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

// flow-c.md 2.6
const kinds = [
	["TICKET_TIMEOUT", "WARNING", "ticket_timeout_recovery"],
	["WORKER_FAILURE", "CRITICAL", "worker_failure_recovery"],
	["SLA_VIOLATION", "CRITICAL", "sla_violation_mitigation"],
	["INCONSISTENCY", "WARNING", null],
] as const;

for (const [type, severity, playbook] of kinds)
	test(`createIncident: ${type} is ${severity}, its playbook ${playbook}`, () => {
		const incident = createIncident(identity, { ...facts, type });
		assert.equal(incident.severity, severity);
		assert.equal(incident.recommended_playbook, playbook);
		assert.equal(incident.escalation_required, severity === "CRITICAL");
		assert.equal(incident.auto_remediation_enabled, true);
	});

test("createIncident: what a person must act on is critical and nothing remedies it by itself", () => {
	const type = "INCONSISTENCY";
	const incident = createIncident(identity, { ...facts, type, escalate: true });
	assert.equal(incident.severity, "CRITICAL");
	assert.equal(incident.escalation_required, true);
	assert.equal(incident.auto_remediation_enabled, false);
});
