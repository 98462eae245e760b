import {
	createToken,
	type TokenRecord,
} from "../../http/access/token-record.ts";

/** A new token and the record of it that the service keeps; `expiresAtMs` null: never. */
export function makeToken(
	name: string,
	role: TokenRecord["role"],
	expiresAtMs: number | null,
) {
	const expires_at =
		expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
	return createToken({ name, role, expires_at });
}
