import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { readCount } from "../read-options.ts";
import { type PlanTraceAnswer, renderTrace } from "../render/trace.ts";
import { answer, type Run } from "../run-command.ts";

/** `plans trace`. */
export function addPlansTrace(plans: Command, run: Run): void {
	const trace = plans
		.command("trace")
		.description("where the time of a plan went, and its trace")
		.argument("<plan-id>")
		.option("--limit <count>", "stretches of the critical path", readCount, 25);
	addExamples(trace, {
		"plans trace deploy-42": "waits, work and retries on its critical path",
	}).action(
		run<{ limit: number }>(async ({ api }, { limit }, [planId = ""]) =>
			answer(
				await api.get<PlanTraceAnswer>(planPath(planId, "/trace"), { limit }),
				renderTrace,
			),
		),
	);
}
