import type { AllocationMetadata, RejectionMetadata } from "../documents.ts";
import type { CapacityWait } from "./capacity-wait.ts";

/** A ticket that gets no worker now: it waits, or never will. */
export type NotAllocated =
	| { kind: "waiting"; wait: CapacityWait }
	| { kind: "rejected"; rejection: RejectionMetadata };

/** What C3 answers about a ticket. */
export type Allocation = AllocationMetadata | NotAllocated;

export function isAllocated(
	allocation: Allocation,
): allocation is AllocationMetadata {
	return !("kind" in allocation);
}
