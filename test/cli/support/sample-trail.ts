import type { AuditRecord } from "../../../src/domain/audit-chain.ts";
import { NOW_MS } from "./samples.ts";

/** The trail of a plan that came by Kafka, was approved there and cancelled by REST; its end is of an earlier release. */
export const sampleTrail: AuditRecord[] = (
	[
		{
			actor: "orchestrator-dynamic",
			action: "start",
			reason: "decision d-42: review_required",
			details: {
				submitted_by: null,
				via: kafka("plans.consensus", "42"),
				authenticated: false,
			},
		},
		{
			actor: "ana",
			action: "approve",
			reason: "approved on the approval topic",
			details: {
				via: kafka("cognitive-plans-approval-responses", "7"),
				authenticated: false,
			},
		},
		{
			actor: "ben",
			action: "cancel",
			reason: "the target is gone",
			details: { via: { kind: "rest" }, authenticated: true },
		},
		{
			actor: "orchestrator-dynamic",
			action: "end",
			reason: "the plan ended as CANCELLED",
			details: {},
		},
	] as const
).map((entry, index) => ({
	...entry,
	plan_id: "deploy-42",
	trail: NOW_MS,
	sequence: index + 1,
	at: NOW_MS + index * 1_000,
	plan_hash: null,
	previous_hash: null,
	hash: "",
}));

function kafka(topic: string, offset: string) {
	return { kind: "kafka", topic, partition: 3, offset };
}
