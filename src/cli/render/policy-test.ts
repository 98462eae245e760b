import type { PlanProblem } from "../../domain/documents.ts";
import type { DryRun } from "../../domain/dry-run.ts";
import { policyFields } from "./dry-run.ts";
import type { Frame } from "./paint.ts";
import { renderProblems } from "./plan.ts";
import { renderFields } from "./table.ts";

const words: Record<string, string> = {
	allowed: "policies allow it",
	denied: "policies deny it: nothing would run",
	undecided: "policies give no decision: it would wait",
	unchecked: "policies give no decision: it would run unchecked",
};

/** What policies say of a plan, with every finding. */
export function renderPolicyTest(run: DryRun, frame: Frame): string[] {
	const { paint } = frame;
	const { policy, plan_id } = run;
	const outcome = policy?.outcome ?? "";
	const isGood = outcome === "allowed" && policy?.denied_tasks.length === 0;
	const said = words[outcome] ?? "no policy was asked";
	const isOfPolicy = ({ code }: PlanProblem) => code.startsWith("POLICY");
	const others = run.problems.filter((one) => !isOfPolicy(one));
	return [
		`${isGood ? paint("good", "✔") : paint("bad", "✘")} plan ${plan_id ?? "(no id)"}: ${said}`,
		...renderFields(policyFields(run), frame),
		...renderProblems("problems", run.problems.filter(isOfPolicy), frame),
		...renderProblems("warnings", run.warnings.filter(isOfPolicy), frame),
		...renderProblems("other problems", others, frame),
	];
}
