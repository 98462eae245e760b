import { createHash, randomBytes } from "node:crypto";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { hasRealDay } from "../../domain/timestamps.ts";
import { OrchestratorError } from "../../errors.ts";
import { callerRoles } from "../route-access.ts";

/** Prefix of our tokens, for people and for scanners of leaked secrets. */
const PREFIX = "orc_";
const SECRET_BYTES = 32;

export const tokenRecordSchema = Type.Object(
	{
		name: Type.String({ minLength: 1, maxLength: 200 }),
		role: Type.Enum([...callerRoles]),
		/** The token's hash, in hex. A secret of 256 random bits needs no slow hash: it cannot be guessed. */
		sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
		/** ISO 8601; null: never. */
		expires_at: Type.Union([Type.String(), Type.Null()]),
	},
	{ additionalProperties: false },
);
/** One line of the file of tokens. */
export type TokenRecord = Static<typeof tokenRecordSchema>;

/** Makes a token. It is shown once; only the record, which cannot be turned back, is kept. */
export function createToken(holder: Omit<TokenRecord, "sha256">): {
	token: string;
	record: TokenRecord;
} {
	const token = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
	const sha256 = hashToken(token).toString("hex");
	const { name, role, expires_at } = holder;
	return { token, record: { name, role, sha256, expires_at } };
}

export function hashToken(token: string): Buffer {
	return createHash("sha256").update(token).digest();
}

/**
 * Reads the file of tokens: a JSON record a line; empty lines and lines that begin with `#` are comments.
 * Throws SETTINGS_INVALID that names every bad line, never its content.
 */
export function parseTokenRecords(text: string, file: string): TokenRecord[] {
	const problems: string[] = [];
	const records = text.split("\n").flatMap((line, index) => {
		if (line.trim() === "" || line.trim().startsWith("#")) return [];
		const record = parseRecord(line);
		if (record !== undefined) return [record];
		problems.push(`line ${index + 1}`);
		return [];
	});
	if (problems.length === 0) return records;
	throw new OrchestratorError(
		"SETTINGS_INVALID",
		`${file} is not a file of tokens: ${problems.join(", ")} must each be a record such as {"name":"ci","role":"operator","sha256":"<64 hex digits>","expires_at":"2030-01-01T00:00:00Z"}`,
		{ problems },
	);
}

function parseRecord(line: string): TokenRecord | undefined {
	try {
		const value: unknown = JSON.parse(line);
		if (!Value.Check(tokenRecordSchema, value)) return undefined;
		const { expires_at } = value;
		const hasTime =
			expires_at === null ||
			(hasRealDay(expires_at) && !Number.isNaN(Date.parse(expires_at)));
		return hasTime ? value : undefined;
	} catch {
		return undefined;
	}
}
