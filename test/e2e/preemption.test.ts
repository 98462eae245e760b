import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

/** Free places of other files' agents would be taken instead. */
const ownNamespace = newPlanId("preemption");
const world = await openServiceWorld(
	{ after },
	{
		agents: { count: 1, concurrency: 1, namespace: ownNamespace },
		env: {
			TICKETS_ROUTING: "worker",
			SCHEDULER_QUEUE_FACTOR: "1",
			SCHEDULER_ENABLE_PREEMPTION: "true",
			// Longer than an urgent ticket waits until it asks for the place again: else the two race for it.
			SCHEDULER_PREEMPTION_RETRY_DELAY_SECONDS: "20",
			TICKET_MAX_ATTEMPTS: "1",
			// The tenant of these plans is their domain.
			OPA_EARLY_ACCESS_TENANTS: "TECHNICAL",
			OPA_SCHEDULER_NAMESPACES: ownNamespace,
		},
	},
);

async function start(name: string, priority: string, durationMs: number) {
	const plan_id = newPlanId(name);
	const plan = buildPlan({
		...{ plan_id, original_priority: priority, risk_band: "low" },
		tasks: [
			{
				...{ task_id: "only", estimated_duration_ms: durationMs },
				parameters: { simulate_duration_ms: String(durationMs) },
				metadata: { namespace: ownNamespace },
			},
		],
	});
	const metadata = { orchestrator_version: "V2", namespace: ownNamespace };
	await world.publish(buildDecision(plan, { metadata }));
	return plan_id;
}

const ticketOf = async (plan_id: string) =>
	(await world.documents("execution_tickets", { plan_id }))[0];

test("preemption: a running LOW ticket makes room for an urgent one, runs again later, and loses no attempt", async () => {
	// Only a ticket with a place can make room: right after the start nobody knows the agent yet.
	await world.eventually(async () => {
		const early = await start("early", "low", 50);
		await world.finalPlan(early);
		const { metadata } = (await ticketOf(early)) ?? {};
		const { allocation_method } = (metadata ?? {}) as Record<string, unknown>;
		return allocation_method === "intelligent_scheduler";
	});
	// Longer than the test: nobody waits for its end.
	const low = await start("low", "low", 90_000);
	await world.eventually(
		async () => typeof (await ticketOf(low))?.started_at === "number",
	);
	const urgent = await start("urgent", "critical", 50);
	await world.finalPlan(urgent);
	assert.equal((await ticketOf(urgent))?.outcome, "completed");
	const attempts = await world.eventually(async () => {
		const found = await world.documents("ticket_attempts", { plan_id: low });
		return found.length === 2 && found;
	});
	const first = attempts.find(({ attempt }) => attempt === 1);
	assert.match(
		String(first?.error_message),
		/^the worker reported preempted: preemption by [\w-]+$/,
	);
	const audit = await world.documents("audit_trail", {
		...{ plan_id: low, action: "preempt" },
	});
	assert.equal(audit.length, 1);
});
