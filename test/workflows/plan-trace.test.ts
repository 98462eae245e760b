import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { attemptSpanId } from "../../src/domain/trace/trace-context.ts";
import { eventually } from "../support/eventually.ts";
import { type Played, play, untilEnded } from "../support/played-plan.ts";
import { drawSpans } from "../support/span-receiver.ts";
import { openTestTracing } from "../support/tracing.ts";

async function playTraced(
	t: TestContext,
	version: "V1" | "V2",
	settings: Parameters<typeof openTestTracing>[1],
) {
	const tracing = await openTestTracing(t, settings);
	const plan = await play(t, version, {}, {}, tracing);
	return { tracing, plan };
}

/** All attempts of a task fail, and whatever undoes the plan succeeds. */
async function failPlan(plan: Played): Promise<void> {
	await plan.answer("a");
	for (const task of ["b", "b"]) await plan.answer(task, "FAILED");
	await plan.answer("c");
	const undone = new Set<string>();
	await eventually(async () => {
		const next = plan.world.tickets.find(
			({ task_id }) =>
				task_id.startsWith("compensate-") && !undone.has(task_id),
		);
		if (next !== undefined) {
			undone.add(next.task_id);
			await plan.answer(next.task_id);
		}
		return Boolean(plan.document().finished_at);
	});
	assert.equal(await untilEnded(plan), "PARTIAL");
}

async function exemplarsOf({ world }: Played) {
	const { text } = await world.metrics.scrape();
	const found = text.matchAll(/^(\w+)\{.* # \{trace_id="(\w+)"\}/gm);
	return [...found].map(([, metric = "", trace_id]) => ({ metric, trace_id }));
}

for (const version of ["V1", "V2"] as const)
	test(`plan trace (${version}): one tree, made once, whatever is replayed, with the spans that tickets name`, async (t) => {
		const { tracing, plan } = await playTraced(t, version, {});
		const ids = [await plan.answer("a"), await plan.answer("b", "FAILED")];
		// Nothing that is replayed is told again.
		await plan.world.restartWorker();
		for (const task of ["b", "c", "d"]) ids.push(await plan.answer(task));
		assert.equal(await untilEnded(plan), "SUCCESS");
		await plan.world.restartWorker();
		await plan.handle.query("plan");
		await tracing.close();
		const { spans } = tracing;
		const made = spans.filter(({ name }) => !name.startsWith("activity "));
		assert.deepEqual(drawSpans(made), [
			"orchestration_workflow.run",
			"  accept decision",
			"  C1 validate the plan",
			"  C2 generate tickets",
			"  C3 allocate workers",
			"  C4 publish tickets",
			"  C5 consolidate the results",
			"  C6 publish telemetry",
			"  ticket EXECUTE a",
			"    attempt 1",
			"  ticket EXECUTE b",
			"    attempt 1 (it broke)",
			"    attempt 2",
			"  ticket EXECUTE c",
			"    attempt 1",
			"  ticket EXECUTE d",
			"    attempt 1",
		]);
		const spanIds = spans.map(({ span_id }) => span_id);
		assert.equal(new Set(spanIds).size, spanIds.length, "no span comes twice");
		assert.deepEqual(
			spanIds.filter((id) => ids.map(attemptSpanId).includes(id)).length,
			ids.length,
		);
		const second = spans.find(({ links }) => links.length > 0);
		assert.deepEqual(second?.links, [attemptSpanId(ids[1] ?? "")]);
		const [root] = made;
		assert.equal(new Set(spans.map(({ trace_id }) => trace_id)).size, 1);
		assert.equal(root?.facts["neural.hive.plan.id"], plan.planId);
		assert.deepEqual(
			root?.events.filter((name) => !name.startsWith("telemetry")).sort(),
			[
				...["plan_validated", "resources_allocated", "results_consolidated"],
				...["tickets_generated", "tickets_published"],
			],
		);
		// Every activity ran below the plan's span.
		const activities = spans.filter(({ name }) => name.startsWith("activity "));
		assert.ok(activities.some(({ name }) => name.endsWith("dispatchTickets")));
		for (const { parent_id } of activities)
			assert.equal(parent_id, root?.span_id);
		assert.equal(plan.document().trace_id, root?.trace_id);
	});

test("plan trace: at a share of 0 a plan that fails is exported with its undoing, and one that succeeds is not", async (t) => {
	const { tracing, plan } = await playTraced(t, "V2", { sampledRatio: 0 });
	await failPlan(plan);
	const other = await play(t, "V2", {}, {}, tracing);
	for (const task of ["a", "b", "c", "d"]) await other.answer(task);
	assert.equal(await untilEnded(other), "SUCCESS");
	await tracing.close();
	const tree = drawSpans(tracing.spans);
	assert.equal(tree.filter((line) => !line.startsWith(" ")).length, 1);
	assert.match(tree[0] ?? "", /^orchestration_workflow\.run \(/);
	assert.ok(tree.includes("  compensation"), tree.join("\n"));
	assert.ok(tree.some((line) => line.startsWith("    ticket COMPENSATE")));
	assert.ok(tree.includes("  ticket EXECUTE d"), "what was skipped is told");
	const undoing = tracing.spans.find(
		({ name, links }) => name === "ticket COMPENSATE" && links.length === 1,
	);
	assert.ok(undoing);
	// Exemplars name what was exported: of the plan that failed, what was observed once it had.
	const own = await exemplarsOf(plan);
	assert.ok(own.length > 0);
	for (const { metric, trace_id } of own) {
		assert.equal(trace_id, plan.document().trace_id);
		assert.match(metric, /^(orchestration_workflow|.*_steps)_duration/);
	}
	assert.deepEqual(await exemplarsOf(other), []);
});

test("plan trace: a rerun is a span of the same trace, and failures need not be kept", async (t) => {
	const { tracing, plan } = await playTraced(t, "V2", {});
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	await untilEnded(plan);
	await plan.rerun("d");
	await plan.answer("d");
	await untilEnded(plan);
	await tracing.close();
	const made = tracing.spans.filter(({ name }) => !name.startsWith("activity"));
	assert.deepEqual(
		drawSpans(made).filter((line) => /rerun| d$/.test(line)),
		[
			"  orchestration_workflow.rerun",
			"    ticket EXECUTE d",
			"  ticket EXECUTE d",
		],
	);
	const again = await playTraced(t, "V2", {
		...{ sampler: "traceidratio", sampledRatio: 0, keepFailed: false },
	});
	await failPlan(again.plan);
	await again.tracing.close();
	assert.deepEqual(again.tracing.spans, []);
});
