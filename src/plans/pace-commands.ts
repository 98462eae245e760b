import { LRUCache } from "lru-cache";
import { OrchestratorError } from "../errors.ts";
import type { RunningPlans } from "./plan-ports.ts";

/** Each command is a workflow task, a document and a record: nobody gives a plan more by hand. */
const COMMANDS_PER_SECOND = 20;
const BURST = 100;
/** Plans that are remembered; one that is not begins with a full burst. */
const PLANS_AT_MOST = 10_000;

interface Pace {
	/** Commands that may come at once. */
	left: number;
	atMs: number;
}

/**
 * Refuses commands (RATE_LIMITED) of a plan that gets more than 20 a second after a first 100, so that a script
 * does not slow down other plans; a cancel is always taken. Counts in this process. `now`: a clock in ms that never goes back.
 */
export function paceCommands<T extends Pick<RunningPlans, "command">>(
	running: T,
	now: () => number = () => performance.now(),
): T {
	const paces = new LRUCache<string, Pace>({ max: PLANS_AT_MOST });

	function take(planId: string): void {
		const atMs = now();
		const before = paces.get(planId) ?? { left: BURST, atMs };
		const gained = ((atMs - before.atMs) / 1_000) * COMMANDS_PER_SECOND;
		const left = Math.min(BURST, before.left + gained);
		const isTaken = left >= 1;
		paces.set(planId, { left: isTaken ? left - 1 : left, atMs });
		if (isTaken) return;
		throw new OrchestratorError(
			"RATE_LIMITED",
			`plan ${planId} gets more than ${COMMANDS_PER_SECOND} commands a second: ask again in a second`,
		);
	}

	return {
		...running,
		async command(planId, name, command) {
			// Whoever ends the plan ends the flood.
			if (name !== "cancel") take(planId);
			return await running.command(planId, name, command);
		},
	};
}
