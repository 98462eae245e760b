import type {
	PlanDocument,
	PlanProblem,
	PlanStep,
} from "../../domain/documents.ts";
import { describeVia } from "../../domain/origin.ts";
import { isStepOfBatches, stepWords } from "../../domain/plan-steps.ts";
import { renderBar } from "./bar.ts";
import type { Frame } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { renderFields, renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

export type PlanView = PlanDocument & { read_source?: string };

/** Commands and problems shown; `--json` has all. */
const MOST_SHOWN = 20;

/** One plan: its facts, progress, steps, problems and commands. */
export function renderPlan(plan: PlanView, frame: Frame): string[] {
	const { paint } = frame;
	return [
		`${paint("strong", plan.plan_id)}  ${paint(signOf(plan.status).tone, withSymbol(plan.status))}`,
		...renderFields(fieldsOf(plan, frame), frame),
		...renderSteps(plan.steps, frame),
		...renderProblems("problems", plan.problems, frame),
		...renderProblems("warnings", plan.warnings, frame),
		...renderCommands(plan, frame),
		...sourceNote(plan.read_source, frame),
	];
}

function fieldsOf(
	plan: PlanView,
	{ nowMs, paint }: Frame,
): (readonly [string, string])[] {
	const endMs = plan.finished_at ?? nowMs;
	const took = renderDuration(endMs - plan.created_at);
	const about = [
		plan.orchestrator_version,
		plan.risk_band && `risk ${plan.risk_band}`,
		plan.priority && `priority ${plan.priority}`,
		plan.domain,
	].filter(Boolean);
	return [
		["tickets", describeTickets(plan, paint)],
		["stage", plan.stage],
		["decision", `${plan.decision_id} (${plan.final_decision})`],
		["plan", about.join(" · ") || "-"],
		...describeOrigin(plan),
		["created", renderTime(plan.created_at)],
		plan.finished_at === null
			? ["open for", took]
			: ["finished", `${renderTime(plan.finished_at)}, after ${took}`],
		...describeFormer(plan),
		...(plan.sla_deadline === null
			? []
			: [
					[
						"deadline",
						`${renderTime(plan.sla_deadline)}, ${renderRelative(plan.sla_deadline, nowMs)}`,
					] as const,
				]),
		...(plan.plan_hash === null ? [] : [["hash", plan.plan_hash] as const]),
		["workflow", plan.workflow_id],
		...(plan.error_message === null
			? []
			: [["error", paint("bad", plan.error_message)] as const]),
	];
}

function describeOrigin({ origin }: PlanView): [string, string][] {
	if (origin === undefined) return [];
	const { submitted_by, via, authenticated } = origin;
	const by = submitted_by === null ? "" : `${submitted_by}, `;
	const known = authenticated ? "" : " (not authenticated)";
	return [["from", `${by}through ${describeVia(via)}${known}`]];
}

/** How it ended before a rerun opened it again. */
function describeFormer({ former_rounds = [] }: PlanView): [string, string][] {
	const last = former_rounds.at(-1);
	if (last === undefined) return [];
	const times = former_rounds.length;
	const more = times > 1 ? `, the last of ${times} ends before this one` : "";
	return [
		["before", `${last.status} at ${renderTime(last.finished_at)}${more}`],
	];
}

function describeTickets(plan: PlanView, paint: Frame["paint"]): string {
	const { tickets_generated: all, tickets_completed: done } = plan;
	if (all === 0) return "none yet";
	const failed = plan.tickets_failed;
	const bar = renderBar(
		[
			{ count: done, tone: "good", fill: "█" },
			{ count: failed, tone: "bad", fill: "▓" },
			{ count: Math.max(0, all - done - failed), tone: "dim", fill: "░" },
		],
		20,
		paint,
	);
	const retries = plan.retries > 0 ? `, ${count(plan.retries, "retry")}` : "";
	const text = `${done} of ${all} completed, ${failed} failed${retries}`;
	return `${bar} ${text.replace("retrys", "retries")}`;
}

function renderSteps(steps: readonly PlanStep[], frame: Frame): string[] {
	if (steps.length === 0) return [];
	return [
		"",
		...renderTable(
			[
				{ title: "STEP", text: ({ name }: PlanStep) => name },
				{
					title: "STATE",
					text: ({ status }) => withSymbol(status),
					tone: ({ status }) => signOf(status).tone,
				},
				{
					title: "TOOK",
					align: "right",
					text: ({ duration_ms }) => renderDuration(duration_ms),
				},
				{ title: "WHAT", text: describeStep },
			],
			steps,
			frame,
			"  ",
		),
	];
}

/** The duration of C3 and C4 is the sum over all batches of tickets. */
function describeStep({ name, times = 0 }: PlanStep): string {
	const batches =
		isStepOfBatches(name) && times > 1 ? `, in ${times} batches` : "";
	return `${stepWords[name]}${batches}`;
}

/** Faults of a plan, each with where it is; nothing when there are none. */
export function renderProblems(
	title: string,
	problems: readonly PlanProblem[],
	{ width, paint }: Frame,
): string[] {
	if (problems.length === 0) return [];
	const rest = problems.length - MOST_SHOWN;
	const tone = title === "problems" ? "bad" : "waiting";
	return [
		"",
		paint("strong", `${title} (${problems.length})`),
		...problems
			.slice(0, MOST_SHOWN)
			.flatMap(({ path, code, message }) => [
				`  ${paint(tone, code)} at ${path}`,
				...wrap(`    ${message}`, width, "    "),
			]),
		...(rest > 0 ? [paint("dim", `  … ${rest} more, see --json`)] : []),
	];
}

function renderCommands({ commands }: PlanView, { width, paint }: Frame) {
	if (commands.length === 0) return [];
	const shown = commands.slice(-MOST_SHOWN);
	const rest = commands.length - shown.length;
	return [
		"",
		paint("strong", `commands (${commands.length})`),
		...(rest > 0 ? [paint("dim", `  … ${rest} earlier, see --json`)] : []),
		...shown.flatMap(({ command, actor, reason, at, via }) =>
			wrap(
				`  ${renderTime(at)}  ${command} by ${actor}${via === undefined ? "" : `, through ${describeVia(via)}`}: ${reason}`,
				width,
				"    ",
			),
		),
	];
}
