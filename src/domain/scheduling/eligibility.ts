import type { ScoredWorker } from "./worker-score.ts";

/** A worker as the scheduler sees it; what the registry knows of one has all of it. */
export interface SchedulableWorker extends ScoredWorker {
	agent_id: string;
	capabilities: readonly string[];
	namespace: string;
	security_level: string;
	/** Tickets it executes at once. */
	slots: number;
	active_tasks: number | null;
	/** `share`, 0 to 1: how much of its slots may be given while it is held back. */
	paused: { share: number } | null;
}

/** What a ticket needs of its worker. */
export interface TicketNeeds {
	capabilities: readonly string[];
	/** null: any. */
	namespace: string | null;
	security_level: string;
}

/** Why a worker does not get a ticket. */
export const lossReasons = [
	"capability",
	"namespace",
	"security_level",
	"status",
	"paused",
	/** All its places are taken. */
	"full",
	/** Another one's score is higher. */
	"score",
] as const;
export type LossReason = (typeof lossReasons)[number];

/** From the lowest: a worker may have tickets up to its own level. */
const securityLevels = ["PUBLIC", "INTERNAL", "CONFIDENTIAL", "RESTRICTED"];

/** The first reason against a worker that has all capabilities; null when there is none. */
export function judgeEligibility(
	worker: SchedulableWorker,
	{ namespace, security_level }: TicketNeeds,
): Exclude<LossReason, "capability" | "full" | "score"> | null {
	if (namespace !== null && worker.namespace !== namespace) return "namespace";
	// A word that nobody knows is below all others.
	if (
		securityLevels.indexOf(worker.security_level) <
		securityLevels.indexOf(security_level)
	)
		return "security_level";
	if (worker.status === "UNHEALTHY") return "status";
	return usableSlots(worker) === 0 ? "paused" : null;
}

/** The slots that may be used now: of a worker that is coming back from a pause at least one. */
export function usableSlots({ slots, paused }: SchedulableWorker): number {
	const share = Math.min(1, Math.max(0, paused?.share ?? 1));
	return Math.ceil(slots * share);
}
