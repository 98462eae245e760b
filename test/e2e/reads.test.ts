import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Errors } from "typebox/schema";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { diamond } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

type Json = Record<string, unknown>;

/** Asks the service, and holds its answer against the schema of its own OpenAPI document. */
async function ask(
	route: string,
	path: string,
	body?: unknown,
): Promise<{ status: number; answer: Json }> {
	const method = body === undefined ? "GET" : "POST";
	const response = await fetch(`${world.address()}${path}`, {
		method,
		...(body !== undefined && {
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		}),
	});
	const answer = (await response.json()) as Json;
	const schema = await schemaOf(route, method.toLowerCase(), response.status);
	const [isRight, errors] = Errors(schema, answer);
	assert.ok(isRight, `${method} ${path}: ${JSON.stringify(errors)}`);
	return { status: response.status, answer };
}

interface OpenApi {
	paths: Record<string, Record<string, { responses: Json }>>;
	components: { schemas: Json };
}
let document: Promise<OpenApi> | undefined;

async function schemaOf(
	route: string,
	method: string,
	status: number,
): Promise<object> {
	document ??= fetch(`${world.address()}/openapi.json`).then(
		async (response) => (await response.json()) as OpenApi,
	);
	const { paths, components } = await document;
	const responses = paths[route]?.[method]?.responses ?? {};
	const response = (responses[status] ?? responses[`${String(status)[0]}XX`]) as
		| { content: Record<string, { schema: object }> }
		| undefined;
	assert.ok(response, `${method} ${route} declares no ${status}`);
	const schema = Object.values(response.content)[0]?.schema;
	return inline(schema, components.schemas) as object;
}

/** Puts what a schema refers to in its place. */
function inline(schema: unknown, named: Json): unknown {
	if (Array.isArray(schema)) return schema.map((one) => inline(one, named));
	if (typeof schema !== "object" || schema === null) return schema;
	const { $ref } = schema as { $ref?: string };
	if ($ref !== undefined)
		return inline(named[$ref.split("/").at(-1) ?? ""], named);
	return Object.fromEntries(
		Object.entries(schema).map(([key, value]) => [key, inline(value, named)]),
	);
}

const plans = "/api/v1/plans";

test("reads: a plan from its first second to its end, every answer as its schema says", async () => {
	const plan_id = newPlanId("reads");
	const plan = buildPlan({ plan_id, tasks: diamond() });
	const decision = buildDecision(plan, { final_decision: "review_required" });

	const rehearsed = await ask(`${plans}:dry-run`, `${plans}:dry-run`, decision);
	assert.equal(rehearsed.answer.outcome, "would_wait_for_approval");
	const absent = await ask(`${plans}/{plan_id}`, `${plans}/${plan_id}`);
	assert.equal(absent.status, 404, "a dry run starts nothing");

	const handed = await ask(plans, plans, decision);
	assert.equal(handed.status, 202);
	// At once: there is no ticket yet, and perhaps nothing in MongoDB.
	const first = await ask(`${plans}/{plan_id}/dag`, `${plans}/${plan_id}/dag`);
	assert.equal((first.answer.nodes as Json[]).length, 4);
	assert.equal(first.answer.read_source, "workflow");
	assert.deepEqual(
		(first.answer.critical_path as Json).task_ids,
		(rehearsed.answer.dag as { critical_path: Json }).critical_path.task_ids,
	);

	await world.planWith(plan_id, ({ status }) => status === "AWAITING_APPROVAL");
	const who = { actor: "ana", reason: "looks right" };
	await world.api.command(plan_id, "approve", who);
	const workflow_id = handed.answer.workflow_id as string;
	const answer = await ask(
		"/api/v1/workflows/{workflow_id}/query",
		`/api/v1/workflows/${workflow_id}/query`,
		{ query_name: "get_status" },
	);
	assert.equal(answer.status, 200);
	await world.finalPlan(plan_id);

	const dag = await world.eventually(async () => {
		const { answer } = await ask(
			`${plans}/{plan_id}/dag`,
			`${plans}/${plan_id}/dag`,
		);
		return answer.read_source === "mongodb" && answer;
	});
	assert.ok(
		(dag.nodes as Json[]).every(({ status }) => status === "COMPLETED"),
	);
	const timeline = await world.eventually(async () => {
		const { answer } = await ask(
			`${plans}/{plan_id}/timeline`,
			`${plans}/${plan_id}/timeline?limit=500`,
		);
		const kinds = (answer.events as Json[]).map(({ kind }) => kind);
		return kinds.includes("plan.finished") && kinds;
	});
	assert.equal(timeline[0], "plan.received");
	assert.ok(timeline.includes("approval.requested"));
	assert.ok(timeline.includes("command"));
	for (const kind of ["ticket.published", "ticket.finished"])
		assert.equal(timeline.filter((one) => one === kind).length, 4, kind);

	const { answer: commands } = await ask(
		`${plans}/{plan_id}/commands`,
		`${plans}/${plan_id}/commands`,
	);
	assert.equal((commands.commands as Json[])[0]?.actor, "ana");
	const { answer: tickets } = await ask(
		`${plans}/{plan_id}/tickets`,
		`${plans}/${plan_id}/tickets?status=completed&limit=3`,
	);
	assert.deepEqual([tickets.total, tickets.has_more], [4, true]);
	const ticketId = (tickets.tickets as Json[])[0]?.ticket_id;
	await ask("/api/v1/tickets/{ticket_id}", `/api/v1/tickets/${ticketId}`);
	await ask(
		"/api/v1/tickets/by-plan/{plan_id}",
		`/api/v1/tickets/by-plan/${plan_id}`,
	);
	await ask(`${plans}/{plan_id}`, `${plans}/${plan_id}`);
	await ask(`${plans}/{plan_id}/why`, `${plans}/${plan_id}/why`);
	for (const sort of ["created", "progress", "slack"]) {
		const { answer } = await ask(plans, `${plans}?sort=${sort}&status=SUCCESS`);
		const ids = (answer.plans as Json[]).map((one) => one.plan_id);
		assert.equal(ids.includes(plan_id), sort !== "slack", sort);
	}
});

test("reads: what clients of the earlier service ask, every answer as its schema says", async () => {
	const plan_id = newPlanId("earlier");
	const started = await ask(
		"/api/v1/workflows/start",
		"/api/v1/workflows/start",
		{
			cognitive_plan: buildPlan({ plan_id, tasks: diamond() }),
			correlation_id: newPlanId("c"),
		},
	);
	assert.equal(started.answer.status, "started");
	await world.finalPlan(plan_id);
	const own = `/api/v1/workflows/${started.answer.workflow_id}`;
	const workflow = await world.eventually(async () => {
		const { answer } = await ask("/api/v1/workflows/{workflow_id}", own);
		return answer.status === "COMPLETED" && answer;
	});
	assert.deepEqual(workflow.result_summary, {
		status: "SUCCESS",
		tickets_generated: 4,
	});
	const tickets = await ask(
		"/api/v1/workflows/{workflow_id}/query",
		`${own}/query`,
		{ query_name: "get_tickets" },
	);
	const result = tickets.answer.result as { tickets: Json[] };
	assert.equal(result.tickets.length, 4);
	const status = await ask("/api/v1/flow-c/status", "/api/v1/flow-c/status");
	assert.ok(Number(status.answer.total_processed) >= 1);
	assert.equal(status.answer.success_rate, 100);
	const path = "/api/v1/audit/authorizations";
	assert.equal((await ask(path, path)).status, 200);
	// Well or not: a busy machine's servers answer late.
	for (const path of [
		"/health",
		"/health/opa",
		"/health/kafka-producer",
		"/redis/stats",
	])
		await ask(path, path);
});
