import {
	createPrivateKey,
	createPublicKey,
	type KeyObject,
	sign,
} from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { OrchestratorError } from "../errors.ts";
import {
	algorithmOf,
	type KeyRing,
	type SigningAlgorithm,
	toJwk,
} from "./key-ring.ts";

const block = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Keys of a setting: one or two private keys as PEM. The first signs, both verify; their names are their
 * thumbprints (RFC 7638). Throws SETTINGS_INVALID when they cannot be used.
 */
export async function openOwnKeys(pem: string): Promise<KeyRing> {
	const blocks = pem.match(block) ?? [];
	if (blocks.length < 1 || blocks.length > 2)
		throw unusable(`it has ${blocks.length} keys, and must have one or two`);
	const keys = await Promise.all(blocks.map(readKey));
	const [first] = keys as [Own];
	const byKid = new Map(keys.map((key) => [key.kid, key]));
	return {
		signing: async () => first,
		publicKey: async (kid) => byKid.get(kid)?.publicKey,
		published: async () =>
			[...byKid.values()].map(({ publicKey, kid, alg }) =>
				toJwk(publicKey, kid, alg),
			),
	};
}

type Own = Awaited<ReturnType<typeof readKey>>;

async function readKey(pem: string) {
	const key = parse(pem);
	const alg = algorithmOf(key);
	if (alg === undefined) throw unusable("a key is no Ed25519, P-256 or RSA");
	if ((key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048)
		throw unusable("an RSA key has less than 2048 bits");
	const publicKey = createPublicKey(key);
	return {
		alg,
		publicKey,
		kid: await calculateJwkThumbprint(
			publicKey.export({ format: "jwk" }) as JWK,
		),
		sign: async (texts: readonly string[]) =>
			texts.map((text) => signText(text, key, alg)),
	};
}

function signText(text: string, key: KeyObject, alg: SigningAlgorithm): string {
	const hash = alg === "EdDSA" ? null : "sha256";
	// JWS wants r and s side by side; it means nothing to other keys.
	const options = { key, dsaEncoding: "ieee-p1363" } as const;
	return sign(hash, Buffer.from(text), options).toString("base64url");
}

function parse(pem: string): KeyObject {
	try {
		return createPrivateKey(pem);
	} catch (cause) {
		// The parser's words may quote the key.
		throw unusable("a key cannot be read as a private key", cause);
	}
}

function unusable(why: string, cause?: unknown): OrchestratorError {
	const code = (cause as { code?: string } | undefined)?.code;
	return new OrchestratorError(
		"SETTINGS_INVALID",
		`TICKET_JWT_KEYS cannot be used: ${why}`,
		code === undefined ? {} : { code },
	);
}
