/** What every resource of a question shares, and each one's own input. */
export interface PolicyInputs {
	shared: Readonly<Record<string, unknown>>;
	items: readonly Readonly<Record<string, unknown>>[];
}

/** The documents that policies gave for one resource, by path. One that is undefined is absent. */
export type PolicyDocuments = Record<string, unknown>;

/** Something that evaluates policies. */
export interface PolicyEngine {
	readonly name: "embedded" | "server";
	/**
	 * The documents of the packages `paths` for each item, in order. Throws POLICY_UNAVAILABLE when there is no
	 * answer until then (Unix epoch, ms).
	 */
	evaluate(
		paths: readonly string[],
		inputs: PolicyInputs,
		untilMs: number,
	): Promise<PolicyDocuments[]>;
	/** Resolves when policies can be evaluated now; throws POLICY_UNAVAILABLE. */
	ping(): Promise<void>;
}
