import assert from "node:assert/strict";
import { test } from "node:test";
import type { TicketDocument } from "../../src/domain/documents.ts";
import { planQueries } from "../../src/domain/plan-run.ts";
import { readRunningTickets } from "../../src/plans/read-plans.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import type { TicketsRequest } from "../../workflows/plan-answers.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, resultOf } from "../support/plan-world.ts";

/** 110,000 edges; intake takes it: it has half of what a plan may have. */
const MAPPERS = 1_000;
const REDUCERS = 110;

function wideTasks() {
	const mappers = Array.from({ length: MAPPERS }, (_, at) => `m${at}`);
	return [
		...mappers.map((id) => ({ id })),
		...Array.from({ length: REDUCERS }, (_, at) => ({
			id: `r${at}`,
			needs: mappers,
		})),
	];
}

for (const version of ["V1", "V2"] as const)
	test(`wide joins (${version}): 1,000 mappers and 110 reducers that need them all run to their end`, async (t) => {
		const world = await openWorld(t);
		const { client, taskQueue } = world;
		const plans = createPlanClient({
			client: () => client,
			taskQueue,
			// A busy machine takes its time for a workflow task of 110,000 edges.
			callTimeoutMs: 30_000,
		});
		const decision = someDecision();
		const { plan_id } = decision;
		const handle = await world.start({
			...runInput(decision, planOf(plan_id, wideTasks())),
			orchestrator_version: version,
		});
		let answered = 0;
		for (const count of version === "V1"
			? [MAPPERS + REDUCERS]
			: [MAPPERS, MAPPERS + REDUCERS]) {
			await eventually(() => world.tickets.length === count, 60_000);
			// Its reads answer meanwhile.
			const tickets = await readRunningTickets(plans, plan_id);
			assert.equal(tickets?.length, MAPPERS + REDUCERS);
			const page = await plans.readTicketPage(plan_id, { offset: 7, limit: 3 });
			assert.equal(page?.total, MAPPERS + REDUCERS);
			const ids = (some: TicketDocument[] = []) =>
				some.map((one) => one.ticket_id);
			assert.deepEqual(ids(page?.tickets), ids(tickets).slice(7, 10));
			const open = world.tickets.slice(answered);
			answered = count;
			await plans.signalResults(
				plan_id,
				open.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
			);
		}
		assert.equal((await handle.result()).status, "SUCCESS");
		const done = await plans.readTicketPage(plan_id, {
			...({ status: "COMPLETED", newestFirst: true } as const),
			...{ offset: MAPPERS + REDUCERS - 2, limit: 500 },
		});
		assert.equal(done?.total, MAPPERS + REDUCERS);
		assert.equal(done?.tickets.length, 2);
		const none = { status: "FAILED", offset: 0, limit: 5 } as const;
		const failed = await plans.readTicketPage(plan_id, none);
		assert.deepEqual(failed, { tickets: [], total: 0 });
		const stored = [...world.documents].filter(([key]) =>
			key.startsWith("execution_tickets/"),
		);
		assert.equal(stored.length, MAPPERS + REDUCERS);
		for (const [, { status }] of stored) assert.equal(status, "COMPLETED");
		const last = await handle.query<TicketDocument[], [TicketsRequest]>(
			planQueries.tickets,
			{ offset: MAPPERS },
		);
		assert.ok(last.length > 0 && last.length < REDUCERS);
		assert.equal(last[0]?.dependencies.length, MAPPERS);
	});
