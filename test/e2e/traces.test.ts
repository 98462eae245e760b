import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import {
	attemptSpanId,
	readTraceparent,
} from "../../src/domain/trace/trace-context.ts";
import { openSpanReceiver } from "../support/span-receiver.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const receiver = await openSpanReceiver({ after });
const world = await openServiceWorld(
	{ after },
	{
		env: {
			OTEL_EXPORTER_ENDPOINT: receiver.address,
			TRACE_URL_TEMPLATE: "http://traces/{trace_id}",
			ORCHESTRATION_V2_PERCENTAGE: "100",
		},
	},
);

const planOf = (plan_id: string) => buildPlan({ plan_id, tasks: chain(2) });
const spansOf = (trace_id: string) =>
	receiver.spans.filter((span) => span.trace_id === trace_id);

test("traces: one trace from the decision's header through intake and activities to tickets and telemetry", async () => {
	const plan_id = newPlanId("traced");
	const trace_id = "0af7651916cd43dd8448eb211c80319c";
	const parent_id = "b7ad6b7169203331";
	await world.publishFrom(
		`00-${trace_id}-${parent_id}-01`,
		buildDecision(planOf(plan_id)),
	);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const tickets = world.recordsOf("tickets", plan_id);
	assert.equal(tickets.length, 2);
	for (const { headers, body } of tickets) {
		const span_id = attemptSpanId(String(body.ticket_id));
		assert.equal(headers.traceparent, `00-${trace_id}-${span_id}-01`);
		assert.match(headers.baggage ?? "", new RegExp(`plan_id=${plan_id}`));
		assert.deepEqual([body.trace_id, body.span_id], [trace_id, span_id]);
	}
	const root = await world.eventually(async () =>
		spansOf(trace_id).find(({ name }) => name === "orchestration_workflow.run"),
	);
	assert.equal(root.parent_id, parent_id);
	const below = (name: string | RegExp) =>
		spansOf(trace_id).filter((span) => span.name.match(name));
	const intake = below(/^process .*plans\.consensus$/)[0];
	assert.equal(intake?.parent_id, root.span_id);
	assert.equal(intake.facts["messaging.system"], "kafka");
	const start = await world.eventually(
		async () => below(/^temporal start$/)[0],
	);
	assert.equal(start.parent_id, intake.span_id);
	assert.equal(start.facts["rpc.system"], "grpc");
	const sent = await world.eventually(
		async () => below(/^send .*execution\.tickets$/)[0],
	);
	const dispatch = below("activity dispatchTickets").map((one) => one.span_id);
	assert.ok(dispatch.includes(sent.parent_id));
	const stored = await world.eventually(async () =>
		spansOf(trace_id).find(({ facts }) => facts["db.system.name"]),
	);
	assert.ok(stored.parent_id);
	const [frame] = await world.eventually(async () => {
		const found = world.recordsOf("telemetry", plan_id);
		return found.length > 0 && found;
	});
	const from = readTraceparent(frame?.headers.traceparent);
	assert.equal(from?.trace_id, trace_id);
	const told = await fetch(`${world.address()}/api/v1/plans/${plan_id}/trace`);
	const { trace_url } = (await told.json()) as { trace_url: string };
	assert.equal(trace_url, `http://traces/${trace_id}`);
});

test("traces: a caller that does not sample is followed, and its tickets say so", async () => {
	const plan_id = newPlanId("unsampled");
	const trace_id = "1af7651916cd43dd8448eb211c80319c";
	await world.publishFrom(
		`00-${trace_id}-b7ad6b7169203331-00`,
		buildDecision(planOf(plan_id)),
	);
	await world.finalPlan(plan_id);
	const [ticket] = world.recordsOf("tickets", plan_id);
	const place = readTraceparent(ticket?.headers.traceparent);
	assert.deepEqual([place?.trace_id, place?.sampled], [trace_id, false]);
	assert.deepEqual(spansOf(trace_id), []);
});

test("traces: a call of the API begins the trace of the plan that it starts", async () => {
	const plan_id = newPlanId("rest");
	const answer = await fetch(`${world.address()}/api/v1/plans`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(planOf(plan_id)),
	});
	assert.equal(answer.status, 202, await answer.text());
	await world.finalPlan(plan_id);
	const root = await world.eventually(async () =>
		receiver.spans.find(
			({ name, facts }) =>
				name === "orchestration_workflow.run" &&
				facts["neural.hive.plan.id"] === plan_id,
		),
	);
	const request = await world.eventually(async () =>
		spansOf(root.trace_id).find(({ span_id }) => span_id === root.parent_id),
	);
	assert.equal(request.name, "POST /api/v1/plans");
	assert.equal(request.facts["http.response.status_code"], "202");
	assert.equal(request.parent_id, "");
	const metrics = await (await fetch(`${world.address()}/metrics`)).text();
	for (const name of ["orchestration_http_request", "mongodb_persistence"])
		assert.match(
			metrics,
			new RegExp(
				`${name}_duration_seconds_bucket.* # \\{trace_id="[0-9a-f]{32}"`,
			),
		);
});
