import type { PlanDocument } from "../src/domain/documents.ts";
import { addProblem } from "../src/domain/field-reader.ts";
import {
	DEADLINE_FIELD,
	planDeadline,
	promisedMs,
} from "../src/domain/sla/plan-deadline.ts";
import { describeSla, takeCheckpoint } from "../src/domain/sla/plan-sla.ts";
import type { SlaCheckpointName } from "../src/domain/sla/sla-terms.ts";
import type { PlanRun } from "./run-state.ts";

/** C2: what the plan is promised, kept as it was said, so that a rerun is promised the same again. */
export function promiseDeadline({ facts, input, identity }: PlanRun): void {
	const promised = promisedMs(input.decision.metadata);
	facts.sla = { promised_ms: promised ?? null, checkpoints: [] };
	if (promised !== undefined) return;
	const path = `$.metadata.${DEADLINE_FIELD}`;
	addProblem(facts.warnings, {
		path,
		code: "FIELD_INVALID",
		message: `${path} is no number of seconds above 0: plan ${identity.plan_id} is promised by its longest path`,
	});
}

/** When the plan is promised: by its decision, else the latest deadline of a ticket. */
export function slaDeadline(run: PlanRun): number | null {
	const { execution, facts } = run;
	if (execution === undefined) return null;
	const { promised_ms = null } = facts.sla ?? {};
	const { specs } = execution;
	return planDeadline(promised_ms, specs, promisedSince(run)).deadline;
}

/** When the promise began: a rerun after the plan's end is promised anew. */
export function promisedSince({ facts }: PlanRun): number {
	const { round, roundStartedAtMs, terms, createdAtMs } = facts;
	return round === 0 ? (terms?.created_at ?? createdAtMs) : roundStartedAtMs;
}

/** The field of the plan's document; none before C2. */
export function describeSlaOf(run: PlanRun): Pick<PlanDocument, "sla"> {
	const { execution, facts } = run;
	if (execution === undefined || facts.sla === undefined) return {};
	const times = { startedAtMs: promisedSince(run), nowMs: Date.now() };
	return { sla: describeSla(execution, facts.sla, times) };
}

/** Keeps what the plan's forecast says at a checkpoint, unless it has been taken or is turned off. */
export function passCheckpoint(run: PlanRun, name: SlaCheckpointName): void {
	const { execution, facts, input } = run;
	const deadline = slaDeadline(run);
	if (execution === undefined || facts.sla === undefined || deadline === null)
		return;
	if (input.settings.slaCheckpoints?.includes(name) !== true) return;
	const { checkpoints } = facts.sla;
	if (checkpoints.some((one) => one.name === name)) return;
	checkpoints.push(takeCheckpoint(name, execution, deadline, Date.now()));
}
