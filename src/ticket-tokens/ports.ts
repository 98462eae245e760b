import type { JWK } from "jose";
import type { TicketTokenClaims } from "./jwt-tokens.ts";

/** RFC 7662: a token that is not active says nothing of itself. */
export type Introspection =
	| ({ active: true; iss: string; aud: string } & TicketTokenClaims)
	| { active: false };

export interface TicketTokenSources {
	/** Keys that verify tokens of tickets; none when there are no such tokens. */
	publishedKeys(): Promise<JWK[]>;
	/** Whether the token is ours, has not expired, and its attempt is still open. Throws when nobody can tell. */
	introspect(token: string): Promise<Introspection>;
}
