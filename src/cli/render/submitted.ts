import type { PlanVerdict } from "../../domain/plan-verdict.ts";
import type { Frame, Tone } from "./paint.ts";
import { renderProblems } from "./plan.ts";
import { renderFields } from "./table.ts";
import { count } from "./text.ts";
import { signOf, withSymbol } from "./words.ts";

/** The outcome of a submitted plan. */
export interface Submitted {
	outcome: "started" | "recorded" | "duplicate";
	plan_id: string;
	decision_id: string;
	workflow_id: string;
	/** After a wait: the verdict of the validation; null when it took too long. */
	verdict?: PlanVerdict | null;
	/** After a wait for the end: how the plan ended. */
	status?: string;
}

const words: Record<Submitted["outcome"], string> = {
	started: "started",
	recorded: "recorded: a rejected decision runs nothing",
	duplicate: "already known: the same decision was handed in before",
};

/** The accepted plan, the verdict of the validation, and how to follow the plan. */
export function renderSubmitted(done: Submitted, frame: Frame): string[] {
	const { paint } = frame;
	const { outcome, plan_id, decision_id, workflow_id, verdict } = done;
	const status = done.status ?? verdict?.status;
	const isUnsound = verdict?.valid === false;
	const [symbol, tone]: [string, Tone] = isUnsound
		? ["✘", "bad"]
		: ["✔", "good"];
	return [
		`${paint(tone, symbol)} plan ${plan_id} ${isUnsound ? "is unsound, nothing runs" : words[outcome]}`,
		...renderFields(
			[
				...(status === undefined
					? []
					: [
							[
								"status",
								paint(signOf(status).tone, withSymbol(status)),
							] as const,
						]),
				...(verdict?.valid
					? [
							[
								"validated",
								`sound, ${count(verdict.tickets, "ticket")}`,
							] as const,
						]
					: []),
				...(verdict === null && outcome !== "recorded"
					? [["validated", "not yet"] as const]
					: []),
				["decision", decision_id],
				["workflow", workflow_id],
				["follow it", `orchestrator plans watch ${plan_id}`],
			],
			frame,
		),
		...renderProblems("problems", verdict?.problems ?? [], frame),
		...renderProblems("warnings", verdict?.warnings ?? [], frame),
	];
}
