import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { addExamples } from "./examples.ts";
import { type AuditVerdict, renderAudit } from "./render/audit.ts";
import { answer, type Run } from "./run-command.ts";

interface VerifyOptions {
	head?: string;
}

/** Every record of every plan is read. */
const LEAST_TIMEOUT_MS = 600_000;

/** `audit verify`. */
export function addAudit(program: Command, run: Run): void {
	const audit = program
		.command("audit")
		.description("the hash-chained trail of everything that was asked for");
	const verify = audit
		.command("verify")
		.description("find altered, missing, reordered or cut-off records")
		.argument("[plan-id]", "only this plan's chain; default: every chain")
		.option(
			"--head <trail:sequence:hash>",
			"audit_head of a telemetry frame: finds a cut-off tail whose end the plan has forgotten too",
		);
	addExamples(verify, {
		"audit verify": "exit 1 and the first fault of each chain, if there is one",
		"audit verify deploy-42": "one plan",
		"audit verify deploy-42 --head 1763720000000:5:3b0976f2…":
			"one plan, against what its telemetry frame said",
	}).action(
		run<VerifyOptions>(async ({ api, progress }, { head }, [planId]) => {
			if (head !== undefined && planId === undefined) {
				throw new CliError("usage", "--head is the end of one plan's trail", {
					remedy: "name the plan: audit verify <plan-id> --head …",
				});
			}
			progress.say("verifying the audit trail");
			const verdict = await api.get<AuditVerdict>(
				"/api/v1/audit/verify",
				{ plan_id: planId, head },
				{ timeoutMs: LEAST_TIMEOUT_MS },
			);
			return answer(verdict, renderAudit, verdict.ok ? "ok" : "failed");
		}),
	);
}
