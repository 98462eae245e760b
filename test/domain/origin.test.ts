import assert from "node:assert/strict";
import { test } from "node:test";
import {
	describeVia,
	isServiceName,
	readVia,
	SERVICE_ACTOR,
} from "../../src/domain/origin.ts";
import { commandHash } from "../../src/domain/plan-commands.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";

const record = { topic: "plans.consensus", partition: 3, offset: "42" };

test("isServiceName: the service's name, and what is taken for it", () => {
	for (const name of [
		SERVICE_ACTOR,
		"Orchestrator-Dynamic",
		` ${SERVICE_ACTOR}\t`,
		"orchestrator\u200b-dynamic",
		"\u202eorchestrator-dynamic",
		"ｏrchestrator-dynamic",
	])
		assert.equal(isServiceName(name), true, JSON.stringify(name));
	for (const name of ["", "ana", "orchestrator", "orchestrator-dynamic-2"])
		assert.equal(isServiceName(name), false, name);
});

test("readVia: a way with what belongs to it, and nothing else", () => {
	const kafka = { kind: "kafka", ...record } as const;
	assert.deepEqual(readVia({ ...kafka, more: 1 }), kafka);
	assert.deepEqual(readVia({ kind: "cli", topic: "t" }), { kind: "cli" });
	for (const odd of [
		undefined,
		null,
		7,
		"rest",
		{},
		{ kind: "post" },
		{ kind: "kafka" },
		{ ...kafka, offset: 42 },
	])
		assert.equal(readVia(odd), undefined, JSON.stringify(odd));
	assert.equal(describeVia(kafka), "Kafka plans.consensus/3 at 42");
});

test("commandHash: how a command came does not make it another one", () => {
	const command = { actor: "ana", reason: "r" };
	const via = { kind: "kafka", ...record } as const;
	assert.equal(
		commandHash("approve", { ...command, via, authenticated: false }),
		commandHash("approve", command),
	);
});

test("readApprovalAnswer: nobody answers by the service's name", () => {
	const reading = readApprovalAnswer({
		plan_id: "p",
		decision: "approved",
		approved_by: "Orchestrator-Dynamic",
	});
	assert.equal(reading.ok, false);
	const [problem] = reading.ok ? [] : reading.problems;
	assert.equal(problem?.path, "$.approved_by");
	assert.match(problem?.message ?? "", /only the service itself/);
});
