/** The channel of a request to a plan. */
export type Via =
	| { kind: "rest" }
	/** By REST from the command line, as its requests say themselves. */
	| { kind: "cli" }
	/** From a client of Temporal, not through this service. */
	| { kind: "temporal" }
	| { kind: "kafka"; topic: string; partition: number; offset: string };

/** The channel of a request, and whether credentials prove its author. */
export interface Provenance {
	via: Via;
	authenticated: boolean;
}

/** The submitter of a plan. */
export interface PlanOrigin extends Provenance {
	/** null: no name is known, as for records on Kafka. */
	submitted_by: string | null;
}

/** The actor of the service's own actions; nobody else may use the name. */
export const SERVICE_ACTOR = "orchestrator-dynamic";

/** Whether a person who reads the name takes it for the service's own. */
export function isServiceName(actor: string): boolean {
	const seen = actor.normalize("NFKC").replace(/\p{Cf}/gu, "");
	return seen.trim().toLowerCase() === SERVICE_ACTOR;
}

/** Continues after the name of the field. */
export const SERVICE_NAME_REFUSAL = `is ${SERVICE_ACTOR}, as only the service itself is called: say who you are`;

/**
 * Reads a channel from untrusted data; undefined when it is none. Anybody with access to Temporal may send
 * one.
 */
export function readVia(value: unknown): Via | undefined {
	const via = (value ?? {}) as Record<string, unknown>;
	const { kind, topic, partition, offset } = via;
	if (kind === "rest" || kind === "cli" || kind === "temporal") return { kind };
	const isRecord =
		kind === "kafka" &&
		typeof topic === "string" &&
		typeof partition === "number" &&
		typeof offset === "string";
	return isRecord ? { kind, topic, partition, offset } : undefined;
}

/** In words: `Kafka plans.consensus/3 at 42`. */
export function describeVia(via: Via): string {
	if (via.kind === "kafka")
		return `Kafka ${via.topic}/${via.partition} at ${via.offset}`;
	return { rest: "REST", cli: "the command line", temporal: "Temporal" }[
		via.kind
	];
}
