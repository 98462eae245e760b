import type { AllocationRecord } from "../src/scheduling/explanations.ts";
import type { RunningServer } from "../stack/stack-record.ts";
import type { Evidence } from "./evidence.ts";
import { isInTime, type PlanFacts, type PlanView } from "./judge.ts";
import type { Scenario } from "./scenarios.ts";
import { type Column, renderDuration, renderTable, wrap } from "./table.ts";

const columns: Column<PlanFacts>[] = [
	{ title: "plan", text: ({ ok, name }) => `${ok ? "✔" : "✘"} ${name}` },
	{
		title: "ver",
		text: ({ orchestrator_version }) => orchestrator_version ?? "-",
	},
	{ title: "status", text: ({ status }) => status },
	{ title: "expected", text: ({ expected }) => expected },
	{
		title: "tickets",
		text: ({ tickets }) => String(tickets),
		align: "right",
	},
	{
		title: "retries",
		text: ({ retries }) => String(retries),
		align: "right",
	},
	{
		title: "to tickets",
		text: ({ to_tickets_ms }) => renderDuration(to_tickets_ms),
		align: "right",
	},
	{
		title: "to done",
		text: ({ to_done_ms }) => renderDuration(to_done_ms),
		align: "right",
	},
];

/** The table of all plans. */
export function renderPlans(
	facts: readonly PlanFacts[],
	width: number,
): string[] {
	return renderTable(columns, facts, width);
}

/** In words what was not as expected; empty when all was. */
export function renderFaults(
	facts: readonly PlanFacts[],
	width: number,
): string[] {
	return facts.flatMap(({ name, faults }) =>
		faults.flatMap((fault) => wrap(`✘ ${name}: ${fault}`, width)),
	);
}

/** Every problem of the plans that were refused, as the API tells them. */
export function renderProblems(
	scenarios: readonly Scenario[],
	views: ReadonlyMap<string, PlanView>,
	width: number,
): string[] {
	return scenarios.flatMap(({ name, planId }) => {
		const problems = views.get(planId)?.problems ?? [];
		if (problems.length === 0) return [];
		const title = `problems of ${name}:`;
		return [
			title,
			...problems.flatMap(({ message }) => bullet(message, width)),
		];
	});
}

/** Why a ticket went to its worker, as the API explains it. */
export function renderChoice(
	choice: AllocationRecord | undefined,
	width: number,
): string[] {
	if (choice === undefined) return [];
	const { task_id, agent_id, best, workers_evaluated, deciding_term } = choice;
	const title = `why ${agent_id ?? "no worker"} for ${task_id} of ${choice.plan_id}:`;
	const scores = best.map(
		({ agent_id, composite_score }) =>
			`${agent_id} ${composite_score.toFixed(3)}`,
	);
	const lines = [
		`${choice.candidates ?? 0} of ${workers_evaluated} workers fit; chosen by ${choice.allocation_method}${deciding_term === undefined ? "" : `, decided by ${deciding_term}`}`,
		...(scores.length > 0 ? [`best scores: ${scores.join(", ")}`] : []),
	];
	return [title, ...lines.flatMap((line) => bullet(line, width))];
}

/** Alerts that came before the deadline they are about. */
export function renderAlerts(
	evidence: ReadonlyMap<string, Evidence>,
	width: number,
): string[] {
	return [...evidence].flatMap(([name, { alerts }]) =>
		alerts.filter(isInTime).flatMap(({ atMs, context }) => {
			const deadlineMs = Number(context.sla_deadline);
			const lateMs = Number(context.predicted_end) - deadlineMs;
			const path = (context.path as string[]).join(" -> ");
			return [
				`alert about ${name}, ${renderDuration(deadlineMs - atMs)} before its deadline:`,
				...bullet(
					`its critical path ${path} was predicted to end ${renderDuration(lateMs)} late`,
					width,
				),
			];
		}),
	);
}

function bullet(text: string, width: number): string[] {
	const [first = "", ...rest] = wrap(text, width, "    ");
	return [`  - ${first.trimStart()}`, ...rest];
}

export interface Addresses {
	api: string;
	kafka: string | undefined;
	temporalUi: string | undefined;
	serviceLog: string;
}

/** Where everything is, and what to look at next. */
export function renderPointers(
	{ api, kafka, temporalUi, serviceLog }: Addresses,
	example: PlanFacts | undefined,
	keeps: boolean,
): string[] {
	const pointers: [string, string][] = [
		["REST API", `${api}/api/v1/plans`],
		["Kafka", kafka ?? "not of this demo"],
		["Temporal web UI", temporalUi ?? "not started by this demo"],
		["service log", serviceLog],
	];
	const lines = pointers.map(([name, where]) => `${name.padEnd(16)} ${where}`);
	if (!keeps) {
		return [
			...lines,
			"",
			"all of this is stopped now; to look around: npm run demo -- --keep",
		];
	}
	const planId = example?.plan_id ?? "";
	return [
		...lines,
		"",
		"look at next:",
		`  curl -s ${api}/api/v1/plans/${planId}`,
		`  curl -s '${api}/api/v1/plans/${planId}/tickets'`,
		`  curl -s ${api}/health`,
		`  curl -s ${api}/metrics`,
		...(temporalUi === undefined
			? []
			: [`  ${temporalUi}/namespaces/default/workflows/orch-${planId}`]),
		"",
		"publish a decision or a plan of your own to its Kafka, and follow it (in another terminal):",
		`  eval "$(npm run --silent stack -- env)"`,
		"  node bin/orchestrator.mjs publish docs/tour/deploy-42.json",
		"  node bin/orchestrator.mjs approvals list",
		"  node bin/orchestrator.mjs doctor",
	];
}

/** One server as `--json` tells it. */
export function serverFacts({ name, kind, address, readyMs }: RunningServer) {
	return { name, kind, address, ready_ms: readyMs };
}

/** A plan as `--json` tells it: exactly these fields. */
export function planFacts({ faults: _, ...facts }: PlanFacts) {
	return {
		name: facts.name,
		plan_id: facts.plan_id,
		orchestrator_version: facts.orchestrator_version,
		expected: facts.expected,
		status: facts.status,
		ok: facts.ok,
		tickets: facts.tickets,
		retries: facts.retries,
		to_tickets_ms: facts.to_tickets_ms,
		to_done_ms: facts.to_done_ms,
	};
}
