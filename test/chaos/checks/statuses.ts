import type { PlanDocument } from "../../../src/domain/documents.ts";
import type {
	Evidence,
	Finding,
	PlannedPlan,
	PlanView,
	WorkflowRecord,
} from "../evidence.ts";

/** Workflow, MongoDB and REST say the same of every plan and ticket, and nothing failed that was not told to. */
export function checkStatuses(evidence: Evidence): Finding[] {
	return evidence.plans.flatMap((plan) => {
		const workflowId =
			plan.expected === "recorded"
				? `decision-${plan.decisionId}`
				: `orch-${plan.planId}`;
		const record = evidence.workflows.find(
			(one) => one.workflowId === workflowId,
		);
		// That it never ran is said elsewhere.
		if (record === undefined) return [];
		return [
			...checkClosing(plan, record),
			...(plan.expected === "recorded" ? [] : compare(evidence, plan, record)),
			...checkOutcomes(plan, record),
		];
	});
}

function checkClosing(
	{ planId, expected }: PlannedPlan,
	{ closedAs, problem, plan }: WorkflowRecord,
): Finding[] {
	const wanted = expected === "invalid" ? "FAILED" : "COMPLETED";
	const findings: Finding[] = [];
	if (closedAs !== wanted)
		findings.push(failure(planId, `its run is ${closedAs}, not ${wanted}`));
	if (problem !== null)
		findings.push(failure(planId, `its run does not answer: ${problem}`));
	if (expected === "invalid" && plan !== null && plan.status !== "INVALID")
		findings.push(failure(planId, `it is ${plan.status}, not INVALID`));
	return findings;
}

function compare(
	{ store, rest }: Evidence,
	{ planId }: PlannedPlan,
	record: WorkflowRecord,
): Finding[] {
	if (record.plan === null) return [];
	const stored = store.plans.filter(
		({ workflow_id }) => workflow_id === record.workflowId,
	);
	const [document] = stored;
	const shown = rest[planId];
	const truth = sayPlan(record.plan);
	const findings: Finding[] = [];
	if (stored.length !== 1)
		findings.push(lost(planId, `${stored.length} documents in workflows`));
	if (document !== undefined && sayPlan(document) !== truth)
		findings.push(differs(planId, "MongoDB", sayPlan(document), truth));
	if (shown?.plan == null) findings.push(lost(planId, "REST does not know it"));
	else if (sayPlan(shown.plan) !== truth)
		findings.push(differs(planId, "REST", sayPlan(shown.plan), truth));
	const storedTickets = store.tickets.filter(
		({ plan_id }) => plan_id === planId,
	);
	return [
		...findings,
		...compareTickets(planId, "MongoDB", record, storedTickets),
		...compareTickets(planId, "REST", record, shown?.tickets ?? []),
	];
}

function sayPlan({
	status,
	tickets_generated,
	tickets_completed,
	tickets_failed,
}: PlanView | PlanDocument): string {
	return `${status} ${tickets_completed}+${tickets_failed}/${tickets_generated}`;
}

type TicketView = { ticket_id: string; status: string; outcome: string | null };

function compareTickets(
	planId: string,
	who: string,
	{ tickets }: WorkflowRecord,
	others: readonly TicketView[],
): Finding[] {
	const byId = new Map(others.map((ticket) => [ticket.ticket_id, ticket]));
	const differences = tickets.flatMap((ticket) => {
		const other = byId.get(ticket.ticket_id);
		if (other === undefined)
			return [lost(planId, `${who} has no ticket ${ticket.ticket_id}`)];
		return sayTicket(other) === sayTicket(ticket)
			? []
			: [differs(planId, who, sayTicket(other), sayTicket(ticket))];
	});
	const surplus = others.length - tickets.length;
	return surplus > 0
		? [
				...differences,
				differs(planId, who, `${others.length} tickets`, `${tickets.length}`),
			]
		: differences;
}

function sayTicket({ ticket_id, status, outcome }: TicketView): string {
	return `${ticket_id} ${status} (${outcome})`;
}

/** A ticket fails only when its task, or one before it, was told to. */
function checkOutcomes(
	{ planId, tasks, expected }: PlannedPlan,
	{ tickets }: WorkflowRecord,
): Finding[] {
	if (expected !== "run") return [];
	const excused = new Set<string>();
	for (const { task_id, told, dependencies } of tasks) {
		const inherited = dependencies.some((id) => excused.has(id));
		if (told === "fail" || told === "unruly" || inherited) excused.add(task_id);
	}
	const retried = new Set(
		tasks.flatMap(({ task_id, told }) => (told === "complete" ? [] : task_id)),
	);
	return tickets.flatMap((ticket) => {
		const { task_id, task_type, outcome, attempt, error_message } = ticket;
		const mayFail = task_type !== "COMPENSATE" && excused.has(task_id);
		if (outcome === null)
			return [failure(planId, `the ticket of task ${task_id} has no outcome`)];
		const isWell = outcome === "completed" || outcome === "compensated";
		if (!isWell && !mayFail)
			return [
				failure(
					planId,
					`the ticket of task ${task_id} ${outcome} for no reason of its own: ${error_message}`,
				),
			];
		const isNeedless = attempt > 1 && !mayFail && !retried.has(task_id);
		return isNeedless
			? [failure(planId, `task ${task_id} took ${attempt} attempts`)]
			: [];
	});
}

function failure(subject: string, what: string): Finding {
	return { kind: "failure", subject, what };
}

function lost(subject: string, what: string): Finding {
	return { kind: "lost", subject, what };
}

function differs(
	subject: string,
	who: string,
	said: string,
	truth: string,
): Finding {
	return {
		kind: "disagreement",
		subject,
		what: `${who} says ${said}, the workflow ${truth}`,
	};
}
