import type {
	AttemptDocument,
	PlanDocument,
	TicketDocument,
} from "../../src/domain/documents.ts";
import type {
	Evidence,
	Place,
	PlannedPlan,
	ResultRecord,
	TicketRecord,
	Vitals,
} from "./evidence.ts";

/**
 * Evidence of a small run in which nothing is wrong, for the checker's own test: a plan that succeeded
 * under V2 (`good`), one of which a task failed and was undone (`bad`), an invalid one, a reject, and a
 * malformed message. Every call makes new evidence, to be spoiled at will.
 */
export function soundEvidence(): Evidence {
	const good = writePlan("good", [
		{ task: "a", needs: [], outcome: "completed" },
		{ task: "b", needs: ["a"], outcome: "completed" },
	]);
	const bad = writePlan("bad", [
		{ task: "a", needs: [], outcome: "compensated" },
		{ task: "b", needs: ["a"], outcome: "compensated", fails: true },
		{ task: "undo-b", needs: [], outcome: "completed", undoes: "b" },
		{ task: "undo-a", needs: ["undo-b"], outcome: "completed", undoes: "a" },
	]);
	const written = [good, bad];
	const planned: PlannedPlan[] = [
		...written.map(({ planned }) => planned),
		{ ...emptyPlan, planId: "odd", decisionId: "d-odd", expected: "invalid" },
		{ ...emptyPlan, planId: "no", decisionId: "d-no", expected: "recorded" },
	];
	const oddPlan = planDocument("odd", "INVALID", 0, 0);
	const vitals: Vitals = {
		heapMb: 50,
		rssMb: 150,
		peakRssMb: 160,
		descriptors: 30,
		resources: { TCPSocketWrap: 9 },
	};
	return {
		terms: { repeats: false, reexecution: false },
		plans: planned,
		decisions: [
			...planned.map(({ planId }, index) => ({
				...place("plans.consensus", index),
				subject: planId,
				kind: "plan" as const,
				atMs: 1_000 + index,
			})),
			{
				...place("plans.consensus", 99),
				subject: "noise",
				kind: "malformed",
				atMs: 1_100,
			},
		],
		deadLetters: [
			{
				topic: "plans.consensus.dlq",
				reason: "MESSAGE_UNDECODABLE",
				source: place("plans.consensus", 99),
			},
		],
		tickets: written.flatMap(({ tickets }) => tickets),
		results: written.flatMap(({ results }) => results),
		frames: written.map(({ planned: { planId } }) => ({
			id: `frame-${planId}`,
			planId,
			atMs: 9_000,
		})),
		incidents: [{ id: "incident-bad", planId: "bad", atMs: 9_000 }],
		workflows: [
			...written.map(({ plan, documents }) => ({
				...closed(`orch-${plan.plan_id}`, "COMPLETED"),
				plan,
				tickets: documents,
			})),
			{ ...closed("orch-odd", "FAILED"), plan: oddPlan },
			closed("decision-d-no", "COMPLETED"),
		],
		store: {
			plans: [...written.map(({ plan }) => ({ ...plan })), { ...oddPlan }],
			tickets: written.flatMap(({ documents }) =>
				documents.map((one) => ({ ...one })),
			),
			attempts: written.flatMap(({ attempts }) => attempts),
			validations: ["good", "bad", "odd"],
			results: ["good", "bad"],
			decisions: planned.map(({ decisionId }) => decisionId),
			taken: [],
			bufferedFrames: [],
		},
		rest: Object.fromEntries([
			...written.map(({ plan, documents }) => [
				plan.plan_id,
				{ plan: { ...plan }, tickets: documents.map((one) => ({ ...one })) },
			]),
			["odd", { plan: { ...oddPlan }, tickets: [] }],
		]),
		vitals: [{ process: "worker-1", before: vitals, after: vitals }],
		struckAtMs: 1_500,
		troubles: [],
	};
}

const emptyPlan = { version: "V2", shape: "small", tasks: [] } as const;

interface WrittenTicket {
	task: string;
	needs: string[];
	outcome: "completed" | "compensated";
	fails?: boolean;
	/** Task that this ticket undoes. */
	undoes?: string;
}

function writePlan(planId: string, all: readonly WrittenTicket[]) {
	const own = all.filter(({ undoes }) => undoes === undefined);
	const isWell = own.every(({ outcome }) => outcome === "completed");
	const failed = own.filter(({ fails }) => fails).length;
	const planned: PlannedPlan = {
		...emptyPlan,
		planId,
		decisionId: `d-${planId}`,
		expected: "run",
		tasks: own.map(({ task, needs, fails }) => ({
			task_id: task,
			dependencies: needs,
			told: fails ? "fail" : "complete",
		})),
	};
	return {
		planned,
		plan: planDocument(
			planId,
			isWell ? "SUCCESS" : "PARTIAL",
			own.length - failed,
			failed,
		),
		documents: all.map((one, index) => ticketDocument(planId, one, index)),
		...writeRecords(planId, all),
	};
}

function writeRecords(planId: string, all: readonly WrittenTicket[]) {
	const tickets: TicketRecord[] = [];
	const results: ResultRecord[] = [];
	const attempts: AttemptDocument[] = [];
	for (const [index, { task, fails, undoes }] of all.entries()) {
		const id = `${planId}-${task}`;
		const resultPlace = place(`execution.results`, results.length, planId);
		tickets.push({
			...place("execution.tickets", index, planId),
			wireId: id,
			logicalId: id,
			attempt: 1,
			planId,
			taskId: task,
			compensates: undoes === undefined ? null : `${planId}-${undoes}`,
			atMs: 2_000 + index * 1_000,
		});
		results.push({
			...resultPlace,
			wireId: id,
			status: fails ? "FAILED" : "COMPLETED",
			atMs: 2_500 + index * 1_000,
		});
		attempts.push({
			ticket_id: id,
			logical_ticket_id: id,
			plan_id: planId,
			outcome: fails ? "failed" : "completed",
			result_source: resultPlace,
		} as AttemptDocument);
	}
	return { tickets, results, attempts };
}

function planDocument(
	planId: string,
	status: PlanDocument["status"],
	completed: number,
	failed: number,
): PlanDocument {
	return {
		workflow_id: `orch-${planId}`,
		plan_id: planId,
		status,
		tickets_generated: completed + failed,
		tickets_completed: completed,
		tickets_failed: failed,
		stray_results: [],
		source: null,
	} as unknown as PlanDocument;
}

function ticketDocument(
	planId: string,
	{ task, needs, outcome, fails, undoes }: WrittenTicket,
	order: number,
): TicketDocument {
	return {
		ticket_id: `${planId}-${task}`,
		plan_id: planId,
		task_id: task,
		task_type: undoes === undefined ? "EXECUTE" : "COMPENSATE",
		dependencies: needs.map((need) => `${planId}-${need}`),
		status: outcome === "completed" ? "COMPLETED" : "COMPENSATED",
		outcome,
		attempt: 1,
		published_at: 2_000,
		error_message: fails ? "failed" : null,
		parameters:
			undoes === undefined ? {} : { original_ticket_id: `${planId}-${undoes}` },
		order,
	} as unknown as TicketDocument;
}

function closed(workflowId: string, closedAs: string) {
	return {
		workflowId,
		chains: [`run-of-${workflowId}`],
		closedAs,
		closedAtMs: 9_500,
		plan: null,
		tickets: [],
		problem: null,
	};
}

function place(topic: string, offset: number, planId = "good"): Place {
	return { topic, partition: planId === "good" ? 0 : 1, offset: `${offset}` };
}
