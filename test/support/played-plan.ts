import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type {
	CommandAnswer,
	OrchestratorVersion,
	PlanCommand,
	PlanCommandName,
	PlanRunInput,
} from "../../src/domain/plan-run.ts";
import type { Tracing } from "../../src/telemetry/tracing.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "./eventually.ts";
import { runInput, someDecision } from "./plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type ShapeTask,
	type World,
} from "./plan-world.ts";

/** a before b and c, which d joins. */
const diamond: ShapeTask[] = [
	{ id: "a" },
	{ id: "b", needs: ["a"] },
	{ id: "c", needs: ["a"] },
	{ id: "d", needs: ["b", "c"] },
];

export interface Played {
	world: World;
	planId: string;
	/** Of the plan's newest run. */
	handle: WorkflowHandle;
	firstRunId: string;
	/** Waits for the next ticket of a task and reports on it; answers its wire id. */
	answer(task: string, status?: "COMPLETED" | "FAILED"): Promise<string>;
	/** Asks as the API does. */
	ask(
		name: PlanCommandName,
		fields?: Partial<PlanCommand>,
	): Promise<CommandAnswer>;
	rerun(task_id: string, key?: string): Promise<string>;
	document(): Record<string, unknown>;
	/** Task and generation of everything that was published, in order. */
	published(): string[];
}

/** A plan of this diamond that runs in a world of its own. */
export async function play(
	t: TestContext,
	version: OrchestratorVersion,
	changes: Partial<PlanRunInput["settings"]> = {},
	deps: Parameters<typeof openWorld>[1] = {},
	tracing?: Pick<Tracing, "beginTrace" | "exportPlan">,
	prepare: (world: World) => Promise<void> = async () => {},
): Promise<Played> {
	const world = await openWorld(t, deps, tracing?.exportPlan);
	await prepare(world);
	const decision = someDecision();
	const planId = decision.plan_id;
	const input = runInput(decision, planOf(planId, diamond));
	const started = await world.start({
		...input,
		...(tracing && { trace: tracing.beginTrace(input, undefined) }),
		orchestrator_version: version,
		settings: { ...input.settings, ...changes },
	});
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const handle = client.workflow.getHandle(`orch-${planId}`);
	const answered = new Set<string>();
	const ask: Played["ask"] = async (name, fields = {}) =>
		await plans.command(planId, name, {
			actor: "ada",
			reason: "once more",
			...fields,
		});
	return {
		world,
		planId,
		handle,
		firstRunId: (await started.describe()).runId,
		async answer(task, status = "COMPLETED") {
			const find = () =>
				world.tickets.find(
					({ task_id, ticket_id }) =>
						task_id === task && !answered.has(ticket_id),
				);
			await eventually(() => find() !== undefined);
			const { ticket_id } = find() ?? assert.fail();
			answered.add(ticket_id);
			await report(handle, [resultOf(ticket_id, status)]);
			return ticket_id;
		},
		ask,
		async rerun(task_id, key) {
			const keyed = key === undefined ? {} : { idempotency_key: key };
			return (await ask("rerun", { task_id, ...keyed })).outcome;
		},
		document: () => world.document("workflows", `orch-${planId}`),
		published: () =>
			world.tickets.map(
				({ task_id, metadata }) => `${task_id}${metadata.generation}`,
			),
	};
}

export async function untilEnded({ handle }: Played): Promise<string> {
	return (await handle.result()).status;
}

export async function untilCompleted(
	{ handle }: Played,
	count: number,
): Promise<void> {
	await eventually(
		async () =>
			(await handle.query<{ tickets_completed: number }>("plan"))
				.tickets_completed === count,
	);
}

export async function statusOf({ handle }: Played): Promise<string> {
	return (await handle.query<{ status: string }>("plan")).status;
}
