import type { Identity } from "../route-access.ts";

/** Why credentials do not open a route; stands in metrics. */
export type RefusalReason =
	| "missing"
	| "malformed"
	| "unknown"
	| "expired"
	| "too_weak"
	| "foreign_host"
	| "unavailable";

export type Verdict =
	| { kind: "known"; identity: Identity }
	| {
			kind: "refused";
			reason: Exclude<
				RefusalReason,
				"missing" | "foreign_host" | "unavailable"
			>;
			/** For the person who asked; says nothing about other tokens. */
			detail: string;
	  };

/**
 * Tells whose the bearer token is. Throws ACCESS_UNAVAILABLE when that cannot be told now: nobody is
 * let in on a guess.
 */
export type Authenticate = (bearer: string) => Promise<Verdict>;

/** Nobody is asked who they are. */
export interface NoAccessControl {
	mode: "none";
	/** Requests may name any host, because something else guards the address; else this machine's own names. */
	anyHost?: boolean;
}

/** How this server knows who asks. */
export type AccessControl =
	| NoAccessControl
	| { mode: "token" | "jwt"; authenticate: Authenticate };
