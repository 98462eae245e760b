import { type Check, failed, ok, warning } from "./check.ts";

/** Judges the tokens of the file: whether anybody can be let in. */
export function checkTokens(
	tokens: readonly { expires_at: string | null }[],
	nowMs: number,
): Check {
	const name = "tokens";
	const remedy = "make one with `orchestrator token create`";
	const good = tokens.filter(
		({ expires_at }) => expires_at === null || Date.parse(expires_at) > nowMs,
	);
	const detail = `${good.length} of ${tokens.length} tokens are good`;
	return good.length > 0 ? ok(name, detail) : warning(name, detail, remedy);
}

/** Judges the write access to the file of tokens: a user who adds a line gets that role. */
export function checkTokensMode(file: string, mode: number): Check {
	const name = "tokens file";
	const shown = (mode & 0o777).toString(8).padStart(4, "0");
	if ((mode & 0o022) === 0) return ok(name, `${shown}: its owner writes it`);
	return warning(
		name,
		`${file} has the mode ${shown}: others can write themselves a token of any role`,
		`take that from them: chmod go-w ${file}`,
	);
}

/** Judges the keys of the identity provider. */
export function checkKeys(count: number): Check {
	const name = "identity provider";
	if (count > 0) return ok(name, `it shows ${count} keys`);
	return failed(
		name,
		"it shows no key: nobody can be let in",
		"set AUTH_JWT_JWKS_URL to where its keys are",
	);
}
