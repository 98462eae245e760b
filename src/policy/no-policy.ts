import type { PolicyGate } from "../../activities/evaluate-policy.ts";

/** The gate of a service without policies: it decides nothing, and every plan says so. */
export const noPolicy: PolicyGate = {
	decide: async () => ({ outcome: "not configured" }),
};
