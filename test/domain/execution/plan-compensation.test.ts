import assert from "node:assert/strict";
import { test } from "node:test";
import { createExecution } from "../../../src/domain/execution/open-execution.ts";
import {
	type CompensationPlan,
	planCompensation,
} from "../../../src/domain/execution/plan-compensation.ts";
import {
	type Execution,
	writable,
} from "../../../src/domain/execution/state.ts";
import {
	cancelOpen,
	endTicket,
	takeReady,
} from "../../../src/domain/execution/transitions.ts";
import { attemptId } from "../../../src/domain/ticket-ids.ts";
import {
	endedExecution,
	identity,
	madeAtMs,
	newExecution,
	publishReady,
	rules,
	ticketsOf,
	v1,
} from "../../support/executions.ts";
import { chainOf, type TaskSketch } from "../../support/plans.ts";

const { terms } = ticketsOf([["a"]], { risk_band: "high" });
const at = madeAtMs + 10;

function undone(execution: Execution, cancelled = false): string[] {
	const { originals } = planCompensation(execution, terms, cancelled);
	return originals.map((ticket) => execution.specs[ticket]?.task_id ?? "");
}

const chain: TaskSketch[] = [["a"], ["b", ["a"]], ["c", ["b"]], ["d", ["c"]]];

test("planCompensation: the failed ticket and what completed before it, dependants first", () => {
	const ends = { a: "completed", b: "completed", c: "failed" } as const;
	assert.deepEqual(undone(endedExecution(chain, ends)), ["c", "b", "a"]);
});

test("planCompensation: what a task marks as sensitive is marked in what undoes it, which has its parameters", () => {
	const metadata = { sensitive: "pin" };
	const fields = { task_type: "QUERY", parameters: { pin: "1" }, metadata };
	const execution = endedExecution([["a", [], fields]], { a: "failed" });
	const undo = (more: { isMarked?: true }) =>
		planCompensation(execution, { ...terms, ...more }, false).specs[0];
	const spec = undo({ isMarked: true });
	assert.deepEqual(spec?.parameters.original_params, { pin: "1" });
	assert.equal(spec?.metadata.sensitive, "pin");
	assert.equal(undo({})?.metadata.sensitive, undefined);
});

test("planCompensation: a ticket that timed out is undone as well", () => {
	const ends = { a: "completed", b: "timed_out" } as const;
	assert.deepEqual(undone(endedExecution(chain, ends)), ["b", "a"]);
});

test("planCompensation: what an independent branch rests on is kept", () => {
	const tasks: TaskSketch[] = [
		["root"],
		["build", ["root"]],
		["deploy", ["build"]],
		["docs", ["root"]],
	];
	const ends = {
		root: "completed",
		build: "completed",
		docs: "completed",
		deploy: "failed",
	} as const;
	assert.deepEqual(undone(endedExecution(tasks, ends)), ["deploy", "build"]);
});

test("planCompensation: also when kept work rests on it from far", () => {
	const tasks: TaskSketch[] = [
		["root"],
		["left", ["root"]],
		["leaf", ["left"]],
		["right", ["root", "left"]],
	];
	const ends = {
		root: "completed",
		left: "completed",
		leaf: "completed",
		right: "failed",
	} as const;
	assert.deepEqual(undone(endedExecution(tasks, ends)), ["right"]);
});

test("planCompensation: work that a worker did before its turn is kept, and what it rests on", () => {
	// The worker did `d` although `c` was not done; then `c` failed.
	const ends = {
		a: "completed",
		b: "completed",
		d: "completed",
		c: "failed",
	} as const;
	assert.deepEqual(undone(endedExecution(chain, ends)), []);
});

test("planCompensation: two failures share what they rest on", () => {
	const tasks: TaskSketch[] = [["a"], ["b", ["a"]], ["c", ["a"]], ["d", ["a"]]];
	const ends = {
		a: "completed",
		b: "failed",
		c: "failed",
		d: "failed",
	} as const;
	const execution = endedExecution(tasks, ends);
	const { specs } = planCompensation(execution, terms, false);
	assert.deepEqual(undone(execution), ["d", "c", "b", "a"]);
	assert.deepEqual(specs.at(-1)?.dependencies.sort(), [0, 1, 2]);
});

test("planCompensation: what was never published has nothing to undo", () => {
	const execution = newExecution(chain, { maxAttempts: 1 });
	takeReady(execution);
	endTicket(execution, 0, { outcome: "failed", at });
	for (const attempt of writable(execution).tickets[0]?.attempts ?? [])
		attempt.publishedAt = null;
	assert.deepEqual(undone(execution), []);
});

test("planCompensation: of a cancelled plan everything done or begun is undone, nothing that was skipped", () => {
	const tasks: TaskSketch[] = [
		["done"],
		["begun", ["done"]],
		["failed"],
		["skipped", ["failed"]],
	];
	const ends = { done: "completed", failed: "failed" } as const;
	const execution = endedExecution(tasks, ends);
	cancelOpen(execution, "why not", at);
	assert.deepEqual(undone(execution, true), ["failed", "begun", "done"]);

	const v2 = newExecution(chain);
	publishReady(v2, madeAtMs);
	endTicket(v2, 0, { outcome: "completed", at });
	publishReady(v2, madeAtMs);
	cancelOpen(v2, "why not", at);
	assert.deepEqual(undone(v2, true), ["b", "a"]);
});

function compensationOf(
	task_type: string,
	parameters: Record<string, unknown>,
): CompensationPlan["specs"][number] {
	const execution = endedExecution([["a", [], { task_type, parameters }]], {
		a: "failed",
	});
	const [spec] = planCompensation(execution, terms, false).specs;
	assert.ok(spec !== undefined);
	return spec;
}

// contracts.md, "Compensation actions"
const actions: [type: string, given: object, expected: object][] = [
	[
		"BUILD",
		{ artifact_ids: ["a", "b"], repository: "core" },
		{
			action: "delete_artifacts",
			artifact_ids: ["a", "b"],
			registry_url: "",
			image_tag: "",
			repository: "core",
		},
	],
	[
		"BUILD",
		{ registry_url: "r", image_tag: 7, other: "x" },
		{
			action: "delete_artifacts",
			artifact_ids: [],
			registry_url: "r",
			image_tag: 7,
			repository: "",
		},
	],
	[
		"DEPLOY",
		{ deployment_name: "web", previous_revision: "v1" },
		{
			action: "rollback_deployment",
			deployment_name: "web",
			previous_revision: "v1",
			namespace: "default",
			provider: "argocd",
			cluster_server: "",
		},
	],
	[
		"TEST",
		{ resources: ["pod"] },
		{
			action: "cleanup_test_env",
			test_id: "",
			namespace: "default",
			resources: ["pod"],
			cleanup_jobs: true,
		},
	],
	[
		"VALIDATE",
		{},
		{
			action: "revert_approval",
			approval_id: "",
			validation_id: "",
			revert_status: "PENDING",
		},
	],
	[
		"EXECUTE",
		{ cleanup_outputs: false },
		{
			action: "rollback_execution",
			execution_id: "",
			rollback_script: "",
			working_dir: "",
			cleanup_outputs: false,
		},
	],
	[
		"QUERY",
		{ sql: "select 1", limit: 5 },
		{
			action: "generic_cleanup",
			original_params: { sql: "select 1", limit: 5 },
		},
	],
];

for (const [type, given, expected] of actions)
	test(`planCompensation: ${type} is undone by its action, with parameters as they were`, () => {
		const spec = compensationOf(type, { ...given });
		assert.deepEqual(spec.parameters, {
			...expected,
			reason: "ticket failed",
			original_ticket_id: spec.compensates,
			original_task_type: type,
		});
	});

test("planCompensation: a compensation is a ticket like any other, under an id of its own", () => {
	const execution = endedExecution(chain, { a: "completed", b: "failed" });
	const { originals, specs } = planCompensation(
		execution,
		{ ...terms, created_at: 5_000 },
		false,
	);
	const [first, second] = specs;
	assert.equal(
		first?.ticket_id,
		attemptId({
			planId: identity.plan_id,
			taskId: "b",
			generation: 1,
			attempt: 1,
			compensation: true,
		}),
	);
	assert.equal(first?.task_type, "COMPENSATE");
	assert.equal(
		first?.compensates,
		execution.specs[originals[0] ?? 0]?.ticket_id,
	);
	assert.deepEqual(first?.metadata, {
		compensation_reason: "ticket failed",
		original_task_type: "EXECUTE",
		original_status: "FAILED",
	});
	assert.equal(second?.metadata.original_status, "COMPLETED");
	assert.deepEqual(first?.dependencies, []);
	assert.deepEqual(second?.dependencies, [0]);
	assert.equal(first?.timeout_ms, 120_000);
	// The second one's promise counts from the end of the first one's.
	assert.equal(first?.deadline, 125_000);
	assert.equal(second?.deadline, 245_000);
});

test("planCompensation: 20,000 tickets, in an order that can be executed", () => {
	const count = 20_000;
	const execution = newExecution(chainOf(count), { ...v1, maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	for (let ticket = 0; ticket < count - 1; ticket++)
		endTicket(execution, ticket, { outcome: "completed", at });
	endTicket(execution, count - 1, { outcome: "failed", at });
	const { specs } = planCompensation(execution, terms, false);
	assert.equal(specs.length, count);
	const undoing = createExecution("p-1", specs, {
		...rules,
		compensation: true,
	});
	assert.deepEqual([...undoing.ready], [0]);
});
