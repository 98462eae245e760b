import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentInfo } from "../../../src/domain/registry/agent.ts";
import { findChanges } from "../../../src/domain/registry/find-changes.ts";
import {
	isMatching,
	judgeAgent,
	rankAgents,
} from "../../../src/domain/registry/judge-agent.ts";
import { registration, telemetry } from "../../support/agents-at-work.ts";

function agent(fields: Partial<AgentInfo> = {}): AgentInfo {
	return {
		...registration(),
		registered_at: 0,
		last_seen: 0,
		status: "HEALTHY",
		...fields,
	};
}

const judged = [
	{ what: "its lease is fresh", nowMs: 5_000, status: "HEALTHY" },
	{ what: "it missed a renewal", nowMs: 11_000, status: "DEGRADED" },
	{ what: "its lease has ended", nowMs: 15_000, status: "UNHEALTHY" },
	{
		what: "half of its work fails",
		nowMs: 0,
		telemetry: telemetry({ success_rate: 0.4, total_executions: 20 }),
		status: "DEGRADED",
	},
	{
		what: "its first ticket failed, which says little",
		nowMs: 0,
		telemetry: telemetry({ success_rate: 0, total_executions: 1 }),
		status: "HEALTHY",
	},
];
for (const { what, nowMs, status, telemetry = null } of judged)
	test(`judgeAgent: ${status} when ${what}`, () =>
		assert.equal(
			judgeAgent({ telemetry, last_seen: 0 }, 15_000, nowMs),
			status,
		));

test("isMatching: all capabilities; HEALTHY takes DEGRADED; an unnamed security level is INTERNAL", () => {
	const one = agent({ capabilities: ["a", "b"], status: "DEGRADED" });
	assert.ok(isMatching(one, ["b"], {}));
	assert.ok(!isMatching(one, ["b", "c"], {}));
	assert.ok(isMatching(one, [], { status: "HEALTHY" }));
	assert.ok(!isMatching(one, [], { status: "healthy" }));
	assert.ok(isMatching(one, [], { security_level: "INTERNAL" }));
	assert.ok(!isMatching(one, [], { namespace: "production" }));
	const lost = agent({ status: "UNHEALTHY" });
	assert.ok(!isMatching(lost, [], { status: "HEALTHY" }));
});

test("rankAgents: health, then telemetry; equals by id", () => {
	const ranked = rankAgents([
		agent({ agent_id: "z" }),
		agent({ agent_id: "degraded", status: "DEGRADED" }),
		agent({ agent_id: "a" }),
		agent({ agent_id: "good", telemetry: telemetry() }),
	]);
	assert.deepEqual(
		ranked.map(({ agent_id }) => agent_id),
		["good", "a", "z", "degraded"],
	);
});

test("findChanges: who came, who changed, who went", () => {
	const before = [
		agent({ agent_id: "same" }),
		agent({ agent_id: "beats" }),
		agent({ agent_id: "worse" }),
		agent({ agent_id: "gone" }),
		agent({ agent_id: "again" }),
	];
	const after = [
		agent({ agent_id: "same" }),
		agent({ agent_id: "beats", last_seen: 5 }),
		agent({ agent_id: "worse", status: "DEGRADED", last_seen: 5 }),
		agent({ agent_id: "again", registered_at: 5 }),
		agent({ agent_id: "new" }),
	];
	const byId = (agents: AgentInfo[]) =>
		new Map(agents.map((one) => [one.agent_id, one]));
	const changes = findChanges(byId(before), byId(after), 7);
	assert.deepEqual(
		changes.map(({ kind, agent: { agent_id } }) => [agent_id, kind]),
		[
			["beats", "UPDATED"],
			["worse", "STATUS_CHANGED"],
			["again", "REGISTERED"],
			["new", "REGISTERED"],
			["gone", "DEREGISTERED"],
		],
	);
});
