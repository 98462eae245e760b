import type { DocumentWrite } from "./documents.ts";

/** The kinds of changes, which are the names of the events. */
export const changeKinds = ["plan", "ticket"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A plan as it is now. Times are Unix epoch, ms; of two changes the one with the greater revision is newer. */
export interface PlanChange {
	kind: "plan";
	plan_id: string;
	status: string;
	stage: string;
	current_step: string | null;
	tickets_generated: number;
	tickets_completed: number;
	tickets_failed: number;
	revision: string;
	at: number;
}

/** A logical ticket as it is now. */
export interface TicketChange {
	kind: "ticket";
	plan_id: string;
	ticket_id: string;
	task_id: string;
	status: string;
	outcome: string | null;
	attempt: number;
	revision: string;
	at: number;
}

export type Change = PlanChange | TicketChange;

const planFacts = [
	"plan_id",
	"status",
	"stage",
	"current_step",
	"tickets_generated",
	"tickets_completed",
	"tickets_failed",
] as const;
const ticketFacts = [
	"plan_id",
	"task_id",
	"status",
	"outcome",
	"attempt",
] as const;

/**
 * The changes of these writes for watchers: the newest one of each plan and ticket. A change has the main
 * facts; readers who need more read the plan.
 */
export function changesOf(writes: readonly DocumentWrite[]): Change[] {
	const newest = new Map<string, DocumentWrite>();
	for (const write of writes) {
		const { collection, _id, revision } = write;
		if (collection !== "workflows" && collection !== "execution_tickets") {
			continue;
		}
		const key = `${collection} ${_id}`;
		const other = newest.get(key);
		if (other === undefined || other.revision <= revision) {
			newest.set(key, write);
		}
	}
	return [...newest.values()].map(toChange);
}

function toChange({
	collection,
	_id,
	revision,
	fields,
}: DocumentWrite): Change {
	const isPlan = collection === "workflows";
	const facts = isPlan ? planFacts : ticketFacts;
	const picked = Object.fromEntries(
		facts.map((name) => [name, fields[name] ?? null]),
	);
	const head = isPlan ? { kind: "plan" } : { kind: "ticket", ticket_id: _id };
	return { ...head, ...picked, revision, at: fields.updated_at } as Change;
}
