import type { Identity } from "../route-access.ts";

/** Why credentials were refused; a label of metrics. */
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
			/** For the caller; reveals nothing about other tokens. */
			detail: string;
	  };

/**
 * Returns the owner of the bearer token. Throws ACCESS_UNAVAILABLE when the token cannot be checked now: an
 * unknown answer is no permission.
 */
export type Authenticate = (bearer: string) => Promise<Verdict>;

/** No caller needs credentials. */
export interface NoAccessControl {
	mode: "none";
	/**
	 * Requests may name any host, because something else guards the address; otherwise only names of this
	 * machine.
	 */
	anyHost?: boolean;
}

/** How this server authenticates callers. */
export type AccessControl =
	| NoAccessControl
	| { mode: "token" | "jwt"; authenticate: Authenticate };
