import {
	CancellationScope,
	defineSignal,
	patched,
	setHandler,
} from "@temporalio/workflow";
import {
	type DecisionSummary,
	type PlanCommand,
	type PlanCommandName,
	planSignals,
} from "../src/domain/plan-run.ts";
import {
	isEarlyAnswer,
	obey,
	refusalOf,
	serviceNameRefusal,
	withProvenance,
} from "./plan-commands.ts";
import { type PlanRun, wake } from "./plan-run.ts";
import { record } from "./record-events.ts";

/**
 * Commands that come as signals. They obey the rules of the updates; whoever sends one does not hear what
 * became of it, so the log says when it is refused. Anybody may send a signal, and what throws here would
 * be repeated for ever.
 */
export function setCommandSignals(run: PlanRun): void {
	// First: what came before the run stood is handed out by handler, and a cancel goes before a rejection.
	setHandler(
		defineSignal<[Partial<PlanCommand>?]>(planSignals.cancelWorkflow),
		(asked) => {
			// The runs of earlier releases have heard it without effect.
			if (patched("9-cancel-workflow"))
				take(run, "cancel", withProvenance(run, cancelOf(asked)));
		},
	);
	setHandler(
		defineSignal<[DecisionSummary]>(planSignals.decisionRejected),
		(decision) => takeRejection(run, decision),
	);
}

/** Temporal's own cancel is taken as the cancel command (protocol.md, "How a run closes in Temporal"). */
export function takeTemporalCancel(run: PlanRun): void {
	CancellationScope.current().cancelRequested.catch(() => {
		const command = { actor: "temporal", reason: "cancelled in Temporal" };
		const isRefused = refusalOf(run, "cancel", command) !== undefined;
		// Runs of earlier releases took every first one.
		const isOld =
			isRefused && run.facts.cancel === null && !patched("9-temporal-cancel");
		if (isOld) obey(run, "cancel", command);
		else take(run, "cancel", withProvenance(run, command));
		wake(run);
	});
}

function take(run: PlanRun, name: PlanCommandName, command: PlanCommand): void {
	// Runs of earlier releases have taken it.
	const misnamed = serviceNameRefusal(name, command);
	const refusal =
		misnamed !== undefined && patched("10-service-name")
			? misnamed
			: refusalOf(run, name, command);
	if (refusal === undefined) obey(run, name, command);
	else record(run, { kind: "commandRefused", name, reason: refusal.message });
}

/** A later decision that rejects the plan while it waits, or is about to wait, for a person. */
function takeRejection(run: PlanRun, decision: DecisionSummary): void {
	const isEarly = isEarlyAnswer(run, "reject");
	if (!isEarly && run.facts.status !== "AWAITING_APPROVAL") return;
	if (typeof decision?.decision_id !== "string" && patched("9-reject-signal"))
		return;
	const command = {
		actor: `decision ${decision.decision_id}`,
		reason: "a later decision rejects the plan",
	};
	// It comes during C1 for the plan that is about to wait.
	if (isEarly && run.approval === undefined) obey(run, "reject", command);
	else take(run, "reject", command);
}

/** Of the earlier service: it sent no arguments. */
function cancelOf(asked: Partial<PlanCommand> | undefined): PlanCommand {
	const { actor, reason, compensate } = asked ?? {};
	return {
		actor: actor ?? `signal ${planSignals.cancelWorkflow}`,
		reason: reason ?? "cancelled by a signal",
		compensate: compensate === true,
	};
}
