import type { PlanCommandName, PlanStatus } from "./plan-run.ts";

const allowed: Partial<Record<PlanStatus, PlanCommandName[]>> = {
	VALIDATING: ["cancel"],
	AWAITING_APPROVAL: ["approve", "reject", "cancel"],
	RUNNING: ["pause", "cancel"],
	PAUSED: ["resume", "cancel"],
	COMPENSATING: ["pause"],
};

/** The commands a plan in this state takes; none when it has ended. */
export function allowedCommands(
	status: PlanStatus,
): readonly PlanCommandName[] {
	return allowed[status] ?? [];
}
