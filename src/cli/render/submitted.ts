import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";
import { signOf, withSymbol } from "./words.ts";

/** What became of a plan that was handed in. */
export interface Submitted {
	outcome: "started" | "recorded" | "duplicate";
	plan_id: string;
	decision_id: string;
	workflow_id: string;
	/** After a wait: how the plan stood at its end. */
	status?: string;
}

const words: Record<Submitted["outcome"], string> = {
	started: "started",
	recorded: "recorded: a rejected decision runs nothing",
	duplicate: "already known: the same decision was handed in before",
};

/** What was accepted, and how to follow it. */
export function renderSubmitted(done: Submitted, frame: Frame): string[] {
	const { paint } = frame;
	const { outcome, plan_id, decision_id, workflow_id, status } = done;
	return [
		`${paint("good", "✔")} plan ${plan_id} ${words[outcome]}`,
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
				["decision", decision_id],
				["workflow", workflow_id],
				["follow it", `orchestrator plans watch ${plan_id}`],
			],
			frame,
		),
	];
}
