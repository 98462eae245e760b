import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isObject } from "../domain/field-reader.ts";
import { OrchestratorError } from "../errors.ts";
import { readAnswer } from "../read-answer.ts";
import { algorithmOf, type KeyRing, toJwk } from "./key-ring.ts";

export interface VaultSettings {
	url: string;
	/** Path of the transit engine, and the key there. */
	mount: string;
	key: string;
	/** File with the token. Read at each use: Vault's agent writes a new one in time. */
	tokenPath: string;
}

/** A version that Vault has rotated to is known after this. */
const FRESH_MS = 60_000;
const TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 4 * 1_048_576;
/** Anybody can write the number of the next version into a token: Vault is asked for it again after this at the earliest. */
const ASKED_MS = 1_000;
/** The same after Vault did not answer: nobody waits for it again and again. */
const AWAY_MS = 10_000;

interface Versions {
	readAtMs: number;
	latest: number;
	/** The oldest that Vault still verifies. */
	oldest: number;
	keys: Map<number, KeyObject>;
}

/**
 * A key of Vault's transit engine (its REST API): Vault signs, a batch in one call, and its public keys are
 * read every minute, so that checking a token needs no call. A version is a key: rotation in Vault is rotation here, and
 * `min_decryption_version` takes old ones out.
 */
export function createVaultKeys(
	settings: VaultSettings,
	now: () => number = Date.now,
): KeyRing {
	const { mount, key: name } = settings;
	let known: Versions | undefined;
	let reading: Promise<Versions> | undefined;
	let askNextFromMs = -Infinity;

	async function read(): Promise<Versions> {
		reading ??= readVersions(settings, now)
			.then((versions) => (known = versions))
			.finally(() => {
				reading = undefined;
			});
		return await reading;
	}

	/** Keys a minute old are read again; while Vault is away the last known ones stay. */
	async function versions(): Promise<Versions> {
		if (known !== undefined && now() - known.readAtMs < FRESH_MS) return known;
		try {
			return await read();
		} catch (error) {
			if (known !== undefined) return known;
			throw error;
		}
	}

	/** Read again, unless that was done a moment ago; while Vault is away the known ones. */
	async function withNext(known: Versions): Promise<Versions> {
		if (now() < askNextFromMs) return known;
		askNextFromMs = now() + AWAY_MS;
		try {
			const versions = await read();
			askNextFromMs = now() + ASKED_MS;
			return versions;
		} catch {
			return known;
		}
	}

	return {
		async signing() {
			const { latest, keys } = await versions();
			const alg = algorithmOf(keys.get(latest) as KeyObject);
			if (alg === undefined)
				throw unusable(`${name} is no ed25519, ecdsa-p256 or rsa key`);
			return {
				kid: kidOf(name, latest),
				alg,
				async sign(texts) {
					const path = `${mount}/sign/${name}${alg === "EdDSA" ? "" : "/sha2-256"}`;
					const data = await ask(settings, path, {
						key_version: latest,
						batch_input: texts.map((text) => ({
							input: Buffer.from(text).toString("base64"),
						})),
						...(alg === "ES256" && { marshaling_algorithm: "jws" }),
						...(alg === "RS256" && { signature_algorithm: "pkcs1v15" }),
					});
					const results = Array.isArray(data.batch_results)
						? data.batch_results
						: [];
					return texts.map((_, at) => signatureIn(results[at]));
				},
			};
		},
		async publicKey(kid) {
			const version = versionIn(kid, name);
			if (version === undefined) return undefined;
			const known = await versions();
			// The next one may have come since; any other number is made up.
			const { oldest, keys } =
				version === known.latest + 1 ? await withNext(known) : known;
			return version < oldest ? undefined : keys.get(version);
		},
		async published() {
			const { oldest, keys } = await versions();
			return [...keys].flatMap(([version, key]) => {
				const alg = algorithmOf(key);
				return version < oldest || alg === undefined
					? []
					: [toJwk(key, kidOf(name, version), alg)];
			});
		},
	};
}

const kidOf = (name: string, version: number) => `${name}:${version}`;

function versionIn(kid: string, name: string): number | undefined {
	const [, version] = kid.startsWith(`${name}:`)
		? (/^:([1-9]\d{0,8})$/.exec(kid.slice(name.length)) ?? [])
		: [];
	return version === undefined ? undefined : Number(version);
}

async function readVersions(
	settings: VaultSettings,
	now: () => number,
): Promise<Versions> {
	const { mount, key } = settings;
	const data = await ask(settings, `${mount}/keys/${key}`);
	const stored = isObject(data.keys) ? data.keys : {};
	const keys = new Map(
		Object.entries(stored).map(([version, one]) => [
			Number(version),
			readPublicKey(isObject(one) ? one.public_key : undefined),
		]),
	);
	const latest = Number(data.latest_version);
	if (!keys.has(latest)) throw unusable("its answer has no key");
	const oldest = Number(data.min_decryption_version ?? 1);
	return { readAtMs: now(), latest, oldest, keys };
}

/** PEM, or of Ed25519 the 32 bytes as base64. */
function readPublicKey(text: unknown): KeyObject {
	try {
		if (String(text).includes("BEGIN")) return createPublicKey(String(text));
		const x = Buffer.from(String(text), "base64").toString("base64url");
		const key = { kty: "OKP", crv: "Ed25519", x };
		return createPublicKey({ key, format: "jwk" });
	} catch (cause) {
		throw unusable("a public key cannot be read", cause);
	}
}

/** `vault:v3:<signature>`; base64, of ES256 base64url. */
function signatureIn(result: unknown): string {
	const text = isObject(result) ? String(result.signature) : "";
	const [, signature] = /^vault:v\d+:([A-Za-z0-9+/_=-]+)$/.exec(text) ?? [];
	if (signature === undefined) throw unusable("it did not sign");
	return Buffer.from(signature, "base64").toString("base64url");
}

async function ask(
	{ url, tokenPath }: VaultSettings,
	path: string,
	body?: object,
): Promise<Record<string, unknown>> {
	try {
		const token = (await readFile(tokenPath, "utf8")).trim();
		const response = await fetch(`${url.replace(/\/+$/, "")}/v1/${path}`, {
			method: body === undefined ? "GET" : "POST",
			headers: {
				"x-vault-token": token,
				"x-vault-request": "true",
				"content-type": "application/json",
			},
			...(body && { body: JSON.stringify(body) }),
			redirect: "error",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		if (!response.ok) throw new Error(`it answered ${response.status}`);
		const text = (await readAnswer(response, MAX_ANSWER_BYTES)).toString();
		const answer: unknown = JSON.parse(text);
		if (isObject(answer) && isObject(answer.data)) return answer.data;
		throw new Error("its answer has no data");
	} catch (cause) {
		throw unusable(
			cause instanceof Error ? cause.message : String(cause),
			cause,
		);
	}
}

function unusable(why: string, cause?: unknown): OrchestratorError {
	return new OrchestratorError(
		"TOKENS_UNAVAILABLE",
		`vault's transit cannot be used for tokens of tickets: ${why}`,
		{ cause },
	);
}
