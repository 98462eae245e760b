/** Two instances of the HTTP service, each on a port of its own; one of them takes the requests. */
export const httpSides = ["blue", "green"] as const;
export type HttpSide = (typeof httpSides)[number];

/** Sends HTTP requests to one of two instances. Calls may throw an `OrchestratorError` of an outage. */
export interface HttpSwitch {
	current(): Promise<HttpSide>;
	/** Resolves when new requests go there; those in flight end where they are. Safe to repeat. */
	switchTo(side: HttpSide): Promise<void>;
	/** Asks once whether the instance is of that build and healthy; one that does not answer is not. */
	check(
		side: HttpSide,
		build: string,
	): Promise<{ healthy: boolean; detail: string }>;
}
