import type { AllocationMetadata, TicketDocument } from "../documents.ts";
import { readCarried } from "./carried-prediction.ts";

/** An allocation in a ticket's document. A prediction that has left the run's state stays as it was written. */
export function showAllocation(
	allocation: Readonly<AllocationMetadata> | null,
): Pick<TicketDocument, "allocation_metadata" | "predictions"> {
	if (allocation === null) return { allocation_metadata: null };
	const { prediction, ...allocation_metadata } = allocation;
	return {
		allocation_metadata,
		...(prediction && { predictions: readCarried(prediction) }),
	};
}
