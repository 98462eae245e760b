import { timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { decodeText } from "../../domain/parse-json.ts";
import { OrchestratorError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Authenticate } from "./access-control.ts";
import {
	hashToken,
	parseTokenRecords,
	type TokenRecord,
} from "./token-record.ts";

/** The longest time that a token still works after its removal from the file. */
const LOOK_INTERVAL_MS = 2_000;

/**
 * Authenticates the tokens of the file, and follows its changes without a restart. Throws SETTINGS_INVALID
 * when the file cannot be read now; if a later version cannot be read, that is logged and the version before
 * stays valid.
 */
export async function createTokenAuthenticator(
	file: string,
	log: Log,
	nowMs: () => number = Date.now,
): Promise<Authenticate> {
	const tokensNow = await followFile(file, log, nowMs);
	return async (bearer) => {
		const record = findRecord(await tokensNow(), hashToken(bearer));
		if (record === undefined) {
			const detail = "the token is not one of this service";
			return { kind: "refused", reason: "unknown", detail };
		}
		const { name, role, expires_at } = record;
		if (expires_at !== null && Date.parse(expires_at) <= nowMs()) {
			const detail = `the token expired at ${expires_at}`;
			return { kind: "refused", reason: "expired", detail };
		}
		return { kind: "known", identity: { name, roles: [role] } };
	};
}

/** Compares with every record, each in constant time: the duration reveals nothing. */
function findRecord(
	records: readonly TokenRecord[],
	hash: Buffer,
): TokenRecord | undefined {
	let found: TokenRecord | undefined;
	for (const record of records) {
		if (timingSafeEqual(Buffer.from(record.sha256, "hex"), hash))
			found = record;
	}
	return found;
}

async function followFile(
	file: string,
	log: Log,
	nowMs: () => number,
): Promise<() => Promise<readonly TokenRecord[]>> {
	let version = await versionOf(file);
	let records = await readTokens(file);
	let lookedAtMs = nowMs();
	return async () => {
		if (nowMs() - lookedAtMs < LOOK_INTERVAL_MS) return records;
		lookedAtMs = nowMs();
		try {
			const now = await versionOf(file);
			if (now === version) return records;
			records = await readTokens(file);
			version = now;
			log.warn({ file, tokens: records.length }, "tokens read again");
		} catch (error) {
			log.error({ error, file }, "tokens not read, the ones before hold");
		}
		return records;
	};
}

async function versionOf(file: string): Promise<string> {
	const { mtimeMs, size, ino } = await stat(file).catch(asUnreadable(file));
	return `${mtimeMs} ${size} ${ino}`;
}

/** The tokens of the file. Throws SETTINGS_INVALID when the file cannot be read, or is no file of tokens. */
export async function readTokens(file: string): Promise<TokenRecord[]> {
	const text = await readFile(file).then(decodeText).catch(asUnreadable(file));
	return parseTokenRecords(text, file);
}

function asUnreadable(file: string) {
	return (cause: unknown): never => {
		throw new OrchestratorError(
			"SETTINGS_INVALID",
			`the file of tokens ${file} cannot be read`,
			{ cause },
		);
	};
}
