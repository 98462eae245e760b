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
	applyCommand,
	isEarlyAnswer,
	refusalOf,
	serviceNameRefusal,
	withProvenance,
} from "./apply-command.ts";
import { record } from "./record-events.ts";
import { notify, type PlanRun } from "./run-state.ts";

/**
 * Commands that come as signals follow the rules of the updates. Their sender gets no answer, so the log says
 * when a command is refused. Anybody may send a signal, and an error thrown here would be repeated for ever.
 */
export function setCommandSignals(run: PlanRun): void {
	// This handler is set first: signals that came before it are delivered handler by handler, and a cancel
	// goes before a rejection.
	setHandler(
		defineSignal<[Partial<PlanCommand>?]>(planSignals.cancelWorkflow),
		(asked) => {
			// Runs of earlier releases received it without effect.
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
		// Runs of earlier releases took every first cancel.
		const isOld =
			isRefused && run.facts.cancel === null && !patched("9-temporal-cancel");
		if (isOld) applyCommand(run, "cancel", command);
		else take(run, "cancel", withProvenance(run, command));
		notify(run);
	});
}

function take(run: PlanRun, name: PlanCommandName, command: PlanCommand): void {
	// Runs of earlier releases took such a command.
	const misnamed = serviceNameRefusal(name, command);
	const refusal =
		misnamed !== undefined && patched("10-service-name")
			? misnamed
			: refusalOf(run, name, command);
	if (refusal === undefined) applyCommand(run, name, command);
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
	// The rejection comes during C1, for the plan that is about to wait.
	if (isEarly && run.approval === undefined)
		applyCommand(run, "reject", command);
	else take(run, "reject", command);
}

/** The earlier service sent this signal without arguments. */
function cancelOf(asked: Partial<PlanCommand> | undefined): PlanCommand {
	const { actor, reason, compensate } = asked ?? {};
	return {
		actor: actor ?? `signal ${planSignals.cancelWorkflow}`,
		reason: reason ?? "cancelled by a signal",
		compensate: compensate === true,
	};
}
