import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { type AuditVerdict, renderAudit } from "./render/audit.ts";
import { answer, type Run } from "./run-command.ts";

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
		.argument("[plan-id]", "only this plan's chain; default: every chain");
	addExamples(verify, {
		"audit verify": "exit 1 and the first fault of each chain, if there is one",
		"audit verify deploy-42": "one plan",
	}).action(
		run(async ({ api, progress }, _options, [planId]) => {
			progress.say("verifying the audit trail");
			const verdict = await api.get<AuditVerdict>(
				"/api/v1/audit/verify",
				{ plan_id: planId },
				{ timeoutMs: LEAST_TIMEOUT_MS },
			);
			return answer(verdict, renderAudit, verdict.ok ? "ok" : "failed");
		}),
	);
}
