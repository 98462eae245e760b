import type { Command } from "commander";
import type { GivenHead } from "../domain/frame-heads.ts";
import { CliError } from "./cli-error.ts";
import { addExamples } from "./examples.ts";
import { type AuditReport, joinVerdicts, renderAudit } from "./render/audit.ts";
import { answer, type CommandContext, type Run } from "./run-command.ts";

interface VerifyOptions {
	head?: string;
	headsFromTelemetry?: boolean;
}

/** Every record of every plan is read. */
const LEAST_TIMEOUT_MS = 600_000;
const PATH = "/api/v1/audit/verify";
/** As many as the service takes at once. */
const MAX_HEADS = 1_000;

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
			"audit_head of a telemetry frame: finds what was done to the chain together with the plan's own word of it",
		)
		.option(
			"--heads-from-telemetry",
			"the same with every frame on Kafka, by this machine's KAFKA_ settings",
		);
	addExamples(verify, {
		"audit verify": "exit 1 and the first fault of each chain, if there is one",
		"audit verify deploy-42": "one plan",
		"audit verify deploy-42 --head 1763720000000:5:3b0976f2…":
			"one plan, against what its telemetry frame said",
		"audit verify --heads-from-telemetry":
			"every plan, against all that was ever published of them",
	}).action(
		run<VerifyOptions>(async (context, options, [planId]) => {
			const { head } = options;
			if (head !== undefined && planId === undefined) {
				throw new CliError("usage", "--head is the end of one plan's trail", {
					remedy: "name the plan: audit verify <plan-id> --head …",
				});
			}
			const verdicts = [await verifyStored(context, planId, head)];
			if (options.headsFromTelemetry === true)
				verdicts.push(...(await verifyFrames(context, planId)));
			const verdict = joinVerdicts(verdicts);
			return answer(verdict, renderAudit, verdict.ok ? "ok" : "failed");
		}),
	);
}

async function verifyStored(
	{ api, progress }: CommandContext,
	planId: string | undefined,
	head: string | undefined,
): Promise<AuditReport> {
	progress.say("verifying the audit trail");
	const timeoutMs = LEAST_TIMEOUT_MS;
	return await api.get(PATH, { plan_id: planId, head }, { timeoutMs });
}

async function verifyFrames(
	context: CommandContext,
	planId: string | undefined,
): Promise<AuditReport[]> {
	const { readFrameHeads } = await import("./local/frame-heads.ts");
	const heads: GivenHead[] = await readFrameHeads(context, planId);
	const { api, progress } = context;
	const verdicts: AuditReport[] = [];
	for (let at = 0; at < heads.length; at += MAX_HEADS) {
		progress.say(`verifying heads, ${at} of ${heads.length}`);
		const some = heads.slice(at, at + MAX_HEADS);
		verdicts.push(
			await api.post<AuditReport>(
				PATH,
				{ ...(planId !== undefined && { plan_id: planId }), heads: some },
				{ timeoutMs: LEAST_TIMEOUT_MS },
			),
		);
	}
	return verdicts;
}
