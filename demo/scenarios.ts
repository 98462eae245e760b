import type { CognitivePlan } from "../schemas/cognitive-plan.ts";
import type { ConsolidatedDecision } from "../schemas/consolidated-decision.ts";
import type {
	FinalPlanStatus,
	OrchestratorVersion,
} from "../src/domain/plan-run.ts";
import { buildDecision, buildPlan, type PlanSpec } from "./decisions.ts";
import { FORBIDDEN_CAPABILITY } from "./settings.ts";
import { chain, diamond, fanOut, layers } from "./shapes.ts";

/** One plan of the demo: what is published, and what must come of it. */
export interface Scenario {
	name: string;
	/** One sentence for the terminal. */
	about: string;
	planId: string;
	/** Records on `plans.consensus`, in order. */
	records: object[];
	/** How a person says yes once it waits; false: nobody is asked. */
	approve: "rest" | "topic" | false;
	expected: Expectation;
}

export interface Expectation {
	status: FinalPlanStatus;
	/** null: the plan never runs. */
	version: OrchestratorVersion | null;
	/** Tickets on the topic, compensations too. */
	tickets: number;
	/** Publications beyond the first of a ticket. */
	retries: number;
	/** Alerts about the plan on `sla.alerts` before its deadline; not given: any number. */
	alerts?: number;
}

/** Everything of a scenario but its names. */
type Content = Pick<Scenario, "records" | "expected"> &
	Partial<Pick<Scenario, "approve">>;

interface Recipe {
	name: string;
	about: string;
	make(plan_id: string): Content;
}

const quick = {
	estimated_duration_ms: 300,
	parameters: { simulate_duration_ms: "150" },
};

/** The mixed set of decisions; `run` makes the plan ids unique. */
export function createScenarios(run: string): Scenario[] {
	return recipes.map(({ name, about, make }) => {
		const planId = `demo-${run}-${name}`;
		return { name, about, planId, approve: false, ...make(planId) };
	});
}

const recipes: Recipe[] = [
	{
		name: "chain",
		about: "six tasks, one after the other",
		make: (plan_id) => approved({ plan_id, tasks: chain(6, quick) }, "V1"),
	},
	{
		name: "diamond",
		about: "two branches that meet again",
		make: (plan_id) => approved({ plan_id, tasks: diamond(quick) }, "V1"),
	},
	{
		name: "fan-out",
		about: "200 tasks side by side, collected by one",
		make: (plan_id) => approved({ plan_id, tasks: fanOut(200, quick) }, "V1"),
	},
	{
		name: "layers",
		about: "V2: dispatched as dependencies finish, by slack",
		make: (plan_id) => approved({ plan_id, tasks: layers(5, 4, quick) }, "V2"),
	},
	{
		name: "retried",
		about: "V2: a task fails once and is tried again",
		make: retried,
	},
	{
		name: "compensated",
		about: "a task fails for good; what it rests on is undone",
		make: compensated,
	},
	{
		name: "invalid",
		about: "several faults, all named in one answer",
		make: invalid,
	},
	{
		name: "cycle",
		about: "tasks that wait for each other",
		make: cyclic,
	},
	{
		name: "denied",
		about: "a policy forbids a capability that it asks for",
		make: denied,
	},
	{
		name: "deadline",
		about: "V2: its forecast misses the deadline, and somebody is told",
		make: nearlyLate,
	},
	{
		name: "rejected",
		about: "the specialists said no: recorded, never run",
		make: rejected,
	},
	{
		name: "bare-plan",
		about: "a plan without a decision is its own decision",
		make: barePlan,
	},
	{
		name: "approval",
		about: "waits for a person, who approves by REST",
		make: (plan_id) => awaitingApproval(plan_id, "rest"),
	},
	{
		name: "approval-topic",
		about: "V2: asks on Kafka, and is approved on Kafka",
		make: (plan_id) => awaitingApproval(plan_id, "topic"),
	},
	{
		name: "thrice",
		about: "V2: one decision delivered three times runs once",
		make: deliveredThrice,
	},
];

/** A plan that is to succeed under the given version. */
function approved(
	plan: PlanSpec,
	version: OrchestratorVersion,
	spec: Partial<ConsolidatedDecision> = {},
): Content {
	const metadata = { source: "demo", orchestrator_version: version };
	const record = buildDecision(buildPlan(plan), { metadata, ...spec });
	const tickets = plan.tasks.length;
	return {
		records: [record],
		expected: { status: "SUCCESS", version, tickets, retries: 0 },
	};
}

function retried(plan_id: string): Content {
	const parameters = { ...quick.parameters, simulate_fail_attempts: "1" };
	const tasks = chain(3, quick).map((task) =>
		task.task_id === "step-2" ? { ...task, parameters } : task,
	);
	const content = approved({ plan_id, tasks }, "V2");
	return { ...content, expected: { ...content.expected, retries: 1 } };
}

function awaitingApproval(
	plan_id: string,
	approve: Scenario["approve"],
): Content {
	const plan = { plan_id, tasks: chain(2, quick) };
	const version = approve === "topic" ? "V2" : "V1";
	return {
		...approved(plan, version, { requires_human_review: true }),
		approve,
	};
}

/** The deployment fails for good: it and its build are undone, the documentation is kept, the check is skipped. */
function compensated(plan_id: string): Content {
	const failing = { ...quick.parameters, simulate: "fail" };
	const tasks = [
		{ ...quick, task_id: "build", task_type: "BUILD" },
		{ ...quick, task_id: "docs", task_type: "TRANSFORM" },
		{
			...quick,
			task_id: "deploy",
			task_type: "DEPLOY",
			dependencies: ["build"],
			parameters: failing,
		},
		{
			...quick,
			task_id: "check",
			task_type: "TEST",
			dependencies: ["deploy"],
		},
	];
	return {
		...approved({ plan_id, tasks, risk_band: "high" }, "V1"),
		expected: { status: "PARTIAL", version: "V1", tickets: 6, retries: 1 },
	};
}

const neverRuns = { version: null, tickets: 0, retries: 0 };

/** Five faults at once; every one is named. */
function invalid(plan_id: string): Content {
	const tasks = [
		{ task_id: "fetch" },
		{ task_id: "fetch", dependencies: ["nowhere"] },
		{ task_id: "store", dependencies: ["fetch"] },
	];
	const plan: CognitivePlan = {
		...buildPlan({ plan_id, tasks }),
		execution_order: ["fetch", "stroe"],
		risk_score: 7,
	};
	return {
		records: [buildDecision(plan, { aggregated_risk: 0.3 })],
		expected: { status: "INVALID", ...neverRuns },
	};
}

function cyclic(plan_id: string): Content {
	const tasks = [
		{ task_id: "a", dependencies: ["c"] },
		{ task_id: "b", dependencies: ["a"] },
		{ task_id: "c", dependencies: ["b"] },
	];
	return {
		records: [buildDecision(buildPlan({ plan_id, tasks }))],
		expected: { status: "INVALID", ...neverRuns },
	};
}

/** Only the demo's settings forbid something: see `serviceSettings`. */
function denied(plan_id: string): Content {
	const tasks = chain(2, quick).map((task) =>
		task.task_id === "step-2"
			? { ...task, required_capabilities: ["python", FORBIDDEN_CAPABILITY] }
			: task,
	);
	return {
		records: [buildDecision(buildPlan({ plan_id, tasks }))],
		expected: { status: "INVALID", ...neverRuns },
	};
}

/** By its estimates it ends ten seconds late; its tasks are faster, so it ends in time. */
function nearlyLate(plan_id: string): Content {
	const task = {
		estimated_duration_ms: 10_000,
		parameters: { simulate_duration_ms: "2000" },
	};
	const metadata = {
		source: "demo",
		orchestrator_version: "V2",
		sla_deadline_seconds: "15",
	};
	const plan = { plan_id, tasks: chain(2, task) };
	const { expected, ...content } = approved(plan, "V2", { metadata });
	return { ...content, expected: { ...expected, alerts: 1 } };
}

function rejected(plan_id: string): Content {
	const plan = buildPlan({ plan_id, tasks: chain(3), risk_band: "critical" });
	const record = buildDecision(plan, {
		final_decision: "reject",
		guardrails_triggered: ["blast_radius"],
		reasoning_summary: "The blast radius is not acceptable.",
	});
	return {
		records: [record],
		expected: { status: "REJECTED", ...neverRuns },
	};
}

function barePlan(plan_id: string): Content {
	const plan = buildPlan({ plan_id, tasks: chain(3, quick) });
	return {
		records: [plan],
		expected: { status: "SUCCESS", version: "V1", tickets: 3, retries: 0 },
	};
}

function deliveredThrice(plan_id: string): Content {
	const scenario = approved({ plan_id, tasks: diamond(quick) }, "V2");
	const [record] = scenario.records as [object];
	return {
		...scenario,
		records: [record, record, record],
	};
}
