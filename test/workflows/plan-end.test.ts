import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ActivityDeps } from "../../activities/index.ts";
import type { DocumentWrite, PlanStep } from "../../src/domain/documents.ts";
import { planQueries } from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	keep,
	openWorld,
	planOf,
	report,
	resultOf,
} from "../support/plan-world.ts";

const unconfirmed = new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
const storeAway = new OrchestratorError("STORE_UNAVAILABLE", "away");

interface Plan {
	status: string;
	steps: PlanStep[];
}

/** A plan of two tickets, both on Kafka and stored. */
async function startPlan(t: TestContext, deps: Partial<ActivityDeps> = {}) {
	const world = await openWorld(t, deps);
	const decision = someDecision();
	const tasks = [{ id: "a" }, { id: "b" }];
	const input = runInput(decision, planOf(decision.plan_id, tasks));
	const handle = await world.start({
		...input,
		settings: { ...input.settings, ticketMaxAttempts: 1 },
	});
	await eventually(() => world.tickets.length === 2);
	return {
		world,
		handle,
		end: (status: "COMPLETED" | "FAILED" = "COMPLETED") =>
			report(
				handle,
				world.tickets.map(({ ticket_id }) => resultOf(ticket_id, status)),
			),
		stepsNow: async () =>
			(await handle.query<Plan>(planQueries.plan)).steps.filter(
				({ name }) => name === "C6",
			),
	};
}

/** No write succeeds between `breakDown` and `mend`. */
function frailStore(hangs: boolean) {
	const documents = new Map<string, Record<string, unknown>>();
	const mended = Promise.withResolvers<void>();
	let isBroken = false;
	return {
		documents,
		breakDown: () => {
			isBroken = true;
		},
		mend() {
			isBroken = false;
			mended.resolve();
		},
		deps: {
			documents: {
				async write(writes: readonly DocumentWrite[]) {
					if (isBroken) {
						if (hangs) await mended.promise;
						throw storeAway;
					}
					for (const write of writes) keep({ documents, writes: [] }, write);
				},
			},
		},
	};
}

function endOf(
	documents: ReadonlyMap<string, Record<string, unknown>>,
	workflowId: string,
) {
	const { status, steps } = documents.get(
		`workflows/${workflowId}`,
	) as never as Plan;
	return { status, steps: steps.filter(({ name }) => name === "C6") };
}

test("end of a plan: the stored plan shows C6 as the run itself does, and every ticket its result", async (t) => {
	const { world, handle, end, stepsNow } = await startPlan(t);
	await end();
	assert.equal((await handle.result()).status, "SUCCESS");
	const { status, steps } = endOf(world.documents, handle.workflowId);
	assert.equal(status, "SUCCESS");
	assert.deepEqual(steps, await stepsNow());
	assert.equal(steps[0]?.status, "completed");
	for (const { ticket_id } of world.tickets)
		assert.equal(
			world.document("execution_tickets", ticket_id).status,
			"COMPLETED",
		);
	assert.equal(world.frames.length, 1);
});

test("end of a plan: a frame that Kafka does not confirm is kept with the plan's documents", async (t) => {
	const { world, handle, end, stepsNow } = await startPlan(t, {
		frames: { publishFrames: () => Promise.reject(unconfirmed) },
	});
	await end();
	assert.equal((await handle.result()).status, "SUCCESS");
	const { status, steps } = endOf(world.documents, handle.workflowId);
	assert.equal(status, "SUCCESS");
	assert.deepEqual(steps, await stepsNow());
	const buffered = [...world.documents.keys()].filter((key) =>
		key.startsWith("telemetry_buffer/"),
	);
	assert.equal(buffered.length, 1);
});

for (const [how, hangs] of [
	["is away", false],
	["does not answer", true],
] as const)
	test(`end of a plan: while MongoDB ${how}, the frame goes out once, and the documents are written when it is back`, async (t) => {
		const { documents, breakDown, mend, deps } = frailStore(hangs);
		const { world, handle, end, stepsNow } = await startPlan(t, deps);
		await eventually(() => documents.has(`workflows/${handle.workflowId}`));
		breakDown();
		await end();
		await eventually(() => world.frames.length === 1);
		await eventually(async () => (await stepsNow())[0]?.status === "completed");
		assert.equal((await handle.describe()).status.name, "RUNNING");
		mend();
		assert.equal((await handle.result()).status, "SUCCESS");
		assert.equal(world.frames.length, 1);
		const { status, steps } = endOf(documents, handle.workflowId);
		assert.equal(status, "SUCCESS");
		assert.deepEqual(steps, await stepsNow());
	});

test("end of a plan: what failed is stored before its incident is out", async (t) => {
	let isAway = true;
	const { world, handle, end } = await startPlan(t, {
		incidents: {
			async publishIncident() {
				if (isAway) throw unconfirmed;
			},
		},
	});
	await end("FAILED");
	await eventually(() =>
		world.tickets.some(
			({ ticket_id }) =>
				world.document("execution_tickets", ticket_id).status === "FAILED",
		),
	);
	assert.equal(world.frames.length, 0);
	isAway = false;
	// Both are undone, as far as they may have come.
	await eventually(() => world.tickets.length === 4);
	await end();
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(world.frames.length, 1);
});
