import { type Command, Option } from "commander";
import { addExamples } from "../examples.ts";
import { readJsonInput } from "../read-input.ts";
import { renderSubmitted, type Submitted } from "../render/submitted.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";
import { exitOfPlan, followPlan } from "./follow-plan.ts";
import { addWaitLimit, type WaitOptions, withinLimit } from "./wait-limit.ts";

interface SubmitOptions extends WaitOptions {
	wait?: "validated" | "done";
}

/** `submit <file>`: through the same door as Kafka. */
export function addSubmit(program: Command, run: Run): void {
	const submit = program
		.command("submit")
		.description("hand in a consolidated decision or a bare plan")
		.argument("<file>", "JSON; - for the standard input")
		.addOption(
			new Option(
				"--wait <until>",
				"validated: answer the verdict of the validation; done: until the plan has ended",
			).choices(["validated", "done"]),
		);
	addExamples(addWaitLimit(submit), {
		"submit plan.json": "start it and return",
		"submit plan.json --wait validated":
			"exit 4 with all problems if it is unsound",
		"submit - --wait done --json < plan.json": "exit 0 only if it succeeded",
	}).action(
		run<SubmitOptions>(async (context, { wait, giveUpAfter }, [file = ""]) => {
			const text = await readJsonInput(file, context.io);
			const done = await send(context, text, wait !== undefined);
			const { verdict, plan_id, outcome } = done;
			if (wait === undefined || outcome === "recorded") {
				return answer(done, renderSubmitted);
			}
			if (verdict?.valid === false) {
				return answer(done, renderSubmitted, "refused");
			}
			if (wait === "validated") {
				return answer(done, renderSubmitted, verdict ? "ok" : "timedOut");
			}
			const hash = verdict?.plan_hash ?? null;
			const { status } = await withinLimit(context, giveUpAfter, (limited) =>
				followPlan(limited, plan_id, hash),
			);
			return answer({ ...done, status }, renderSubmitted, exitOfPlan(status));
		}),
	);
}

/** Waiting for the end begins with the verdict: it tells this run from an earlier one of the plan. */
async function send(
	{ api }: CommandContext,
	text: string,
	isWaiting: boolean,
): Promise<Submitted> {
	const query = isWaiting ? { wait: "validated" } : {};
	return await api.post<Submitted>("/api/v1/plans", text, { query });
}
