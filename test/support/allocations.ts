import type { AllocationRequest } from "../../activities/allocate-resources.ts";

/** A request for tickets with these needed capabilities. */
export function allocationOf(...needs: string[][]): AllocationRequest {
	return {
		plan_id: "p-1",
		risk_band: "critical",
		qos: {
			delivery_mode: "EXACTLY_ONCE",
			consistency: "STRONG",
			durability: "PERSISTENT",
		},
		tickets: needs.map((required_capabilities, index) => ({
			ticket_id: `t-${index}`,
			created_at: Date.now(),
			deadline: Date.now() + 3_600_000,
			required_capabilities,
		})),
	};
}
