import type {
	Decided,
	ReplayedDecision,
	ReplayedPlan,
} from "../../domain/prediction/replayed-decision.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration } from "./time.ts";

/** Each ticket's prediction, priority and worker: as it got them > as it would get them now. */
export function renderReplayedPlan(
	{ plan_id, tickets, total, workers, policy }: ReplayedPlan,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	const changed = tickets.filter(({ differs }) => differs.length > 0).length;
	const given = tickets.filter(({ got }) => got !== null).length;
	return [
		`${paint("strong", plan_id)}  ${count(changed, "ticket")} of ${given} would be decided otherwise today`,
		...wrap(
			`  by today's model and weights, among ${count(workers, "worker")} as if idle; policies: ${policyText(policy)}`,
			width,
			"  ",
		),
		...(total > tickets.length
			? [`  the first ${tickets.length} of ${count(total, "ticket")}`]
			: []),
		"",
		...renderTable<ReplayedDecision>(
			[
				{ title: "TASK", text: ({ task_id }) => task_id, flexible: true },
				{ title: "TYPE", text: ({ task_type }) => task_type, spare: 2 },
				{
					title: "PREDICTED",
					text: sideBySide(({ predicted_ms: ms }) => renderDuration(ms)),
					tone: ({ differs }) => toneOf(differs, "prediction"),
				},
				{
					title: "TOOK",
					text: ({ actual_duration_ms: ms }) => renderDuration(ms),
					spare: 3,
				},
				{
					title: "PRIORITY",
					text: sideBySide(({ priority }) => priority.toFixed(2)),
					tone: ({ differs }) => toneOf(differs, "priority"),
				},
				{
					title: "WORKER",
					flexible: true,
					text: sideBySide(({ agent_id }) => agent_id ?? "nobody"),
					tone: ({ differs }) => toneOf(differs, "worker"),
				},
				{ title: "WHY", text: ({ today }) => today.why, spare: 1 },
			],
			tickets,
			frame,
		),
	];
}

function sideBySide(text: (decided: Decided) => string) {
	return ({ got, today }: ReplayedDecision): string => {
		const now = text(today);
		if (got === null) return `- > ${now}`;
		const before = text(got);
		return before === now ? now : `${before} > ${now}`;
	};
}

function toneOf(
	differs: ReplayedDecision["differs"],
	what: ReplayedDecision["differs"][number],
) {
	return differs.includes(what) ? ("waiting" as const) : undefined;
}

function policyText({
	outcome,
	denied_tasks,
	plan_from,
}: ReplayedPlan["policy"]): string {
	if (outcome === null) return "not asked";
	const from = plan_from === "ledger" ? "" : ", by its tickets alone";
	const denied =
		denied_tasks.length === 0 ? "" : `, without ${denied_tasks.join(", ")}`;
	return `${outcome}${denied}${from}`;
}
