/** The way by which something came to a plan. */
export type Via =
	| { kind: "rest" }
	/** By REST from the command line, as its requests say themselves. */
	| { kind: "cli" }
	/** Past the service, from somebody who speaks to Temporal. */
	| { kind: "temporal" }
	| { kind: "kafka"; topic: string; partition: number; offset: string };

/** How something came, and whether whoever is named was known by credentials. */
export interface Provenance {
	via: Via;
	authenticated: boolean;
}

/** Who handed a plan in. */
export interface PlanOrigin extends Provenance {
	/** null: nobody is named; where a record lies says no more. */
	submitted_by: string | null;
}

/** Who acts when nobody asked for it; nobody else may have the name. */
export const SERVICE_ACTOR = "orchestrator-dynamic";

/** Whether a person who reads the name takes it for the service's own. */
export function isServiceName(actor: string): boolean {
	const seen = actor.normalize("NFKC").replace(/\p{Cf}/gu, "");
	return seen.trim().toLowerCase() === SERVICE_ACTOR;
}

/** Goes on after the name of the field. */
export const SERVICE_NAME_REFUSAL = `is ${SERVICE_ACTOR}, as only the service itself is called: say who you are`;

/** A way as it may come from anywhere; undefined when it is none. Anybody may speak to Temporal. */
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
