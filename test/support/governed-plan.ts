import type { TestContext } from "node:test";
import { WorkflowFailedError, type WorkflowHandle } from "@temporalio/client";
import type { PlanDocument } from "../../src/domain/documents.ts";
import {
	type PlanRunInput,
	type PlanWaits,
	planQueries,
} from "../../src/domain/plan-run.ts";
import type { PolicyDecision } from "../../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../../src/domain/policy-question.ts";
import type { PolicyViolation } from "../../src/domain/policy-words.ts";
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

export const violation: PolicyViolation = {
	policy: "resource_limits",
	rule: "capabilities_not_allowed",
	severity: "high",
	field: "tasks[0].required_capabilities",
	msg: "capability root is not allowed",
	expected: '["python"]',
	actual: "root",
};
export const allowed: PolicyDecision = { outcome: "allowed" };
export const denied: PolicyDecision = {
	outcome: "denied",
	reasons: [violation.msg],
	violations: [violation],
};
export const undecided: PolicyDecision = {
	outcome: "undecided",
	reason: "OPA is away",
};

export type Decide = (question: PolicyQuestion) => PolicyDecision;

export interface Governed {
	world: World;
	input: PlanRunInput;
	handle: WorkflowHandle;
	/** The points that were asked about, in order. */
	asked: string[];
	/** Replaces what the gate says from now on. */
	say(decide: Decide): void;
	plan(): Promise<PlanDocument>;
	why(): Promise<PlanWaits>;
}

/** A plan in a world whose gate says what the test wants. */
export async function govern(
	t: TestContext,
	first: Decide,
	changes: {
		tasks?: ShapeTask[];
		decision?: Parameters<typeof someDecision>[0];
		settings?: Partial<PlanRunInput["settings"]>;
		version?: PlanRunInput["orchestrator_version"];
	} = {},
): Promise<Governed> {
	let decide = first;
	const asked: string[] = [];
	const world = await openWorld(t, {
		policy: {
			async decide(question) {
				asked.push(question.point);
				return decide(question);
			},
		},
	});
	const decision = someDecision(changes.decision);
	const plan = planOf(decision.plan_id, changes.tasks ?? [{ id: "a" }]);
	const made = runInput(decision, plan);
	const settings = { ...made.settings, ...changes.settings };
	const { version: orchestrator_version = made.orchestrator_version } = changes;
	const input = { ...made, settings, orchestrator_version };
	const handle = await world.start(input);
	return {
		world,
		input,
		handle,
		asked,
		say: (next) => {
			decide = next;
		},
		plan: () => handle.query<PlanDocument>(planQueries.plan),
		why: () => handle.query<PlanWaits>(planQueries.why),
	};
}

export async function failureOf(handle: WorkflowHandle): Promise<string> {
	try {
		await handle.result();
	} catch (error) {
		if (!(error instanceof WorkflowFailedError)) throw error;
		return (error.cause as { type?: string }).type ?? "";
	}
	return "completed";
}

export async function finish(
	{ world, handle }: Governed,
	count = 1,
): Promise<string> {
	await eventually(() => world.tickets.length === count, 30_000);
	await report(
		handle,
		world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	return ((await handle.result()) as { status: string }).status;
}

export const command = { actor: "ada", reason: "looked at it" };
