import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { AccessControl } from "../../../src/http/access/access-control.ts";
import { createAccess } from "../../../src/http/access/create-access.ts";
import { createToken } from "../../../src/http/access/token-record.ts";
import {
	type CallerRole,
	callerRoles,
} from "../../../src/http/route-access.ts";
import { silentLog } from "../../support/stores.ts";

type Role = CallerRole;
type Holder = { name?: string; role?: Role; isExpired?: boolean };

/** A way of access, and what makes credentials for it. */
export interface Credentials {
	access: AccessControl;
	make(holder: Holder): Promise<string>;
	/** Looks right and is of nobody. */
	forge(): Promise<string>;
}

/** A file of tokens in a directory that goes with the test. */
export function tokensFile(t: Pick<TestContext, "after">, text = ""): string {
	const directory = mkdtempSync(path.join(tmpdir(), "tokens-"));
	t.after(() => rmSync(directory, { recursive: true }));
	const file = path.join(directory, "tokens");
	writeFileSync(file, text);
	return file;
}

/** Tokens of a real file with one holder for each role, and one whose token has expired. */
export async function tokenCredentials(
	t: Pick<TestContext, "after">,
): Promise<Credentials> {
	const holders = callerRoles.flatMap((role) => [
		createToken({ name: role, role, expires_at: null }),
		createToken({ name: role, role, expires_at: "2020-01-01T00:00:00Z" }),
	]);
	const lines = holders.map(({ record }) => JSON.stringify(record));
	const file = tokensFile(t, `# tokens\n\n${lines.join("\n")}\n`);
	const settings = { mode: "token", tokensFile: file } as const;
	return {
		access: await createAccess(settings, silentLog),
		async make({ role = "viewer", isExpired = false }) {
			const held = holders.find(
				({ record }) =>
					record.role === role && (record.expires_at !== null) === isExpired,
			);
			return held?.token ?? "";
		},
		forge: async () =>
			createToken({ name: "x", role: "releaser", expires_at: null }).token,
	};
}

export const issuer = "https://id.example.com/";
const audience = "orchestrator";
const claimed = { rolesClaim: "realm_access.roles", nameClaim: "sub" };

/** JSON web tokens, with the keys at a real HTTP server. */
export async function jwtCredentials(t: Pick<TestContext, "after">) {
	const own = await generateKeyPair("ES256", { extractable: true });
	const strange = await generateKeyPair("ES256", { extractable: true });
	const jwk = { ...(await exportJWK(own.publicKey)), kid: "k", alg: "ES256" };
	const server = http.createServer((_request, response) => {
		response.setHeader("content-type", "application/json");
		response.end(JSON.stringify({ keys: [jwk] }));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
	const sign = (claims: JWTPayload, key = own.privateKey) =>
		new SignJWT({ iss: issuer, aud: audience, sub: "ana", ...claims })
			.setProtectedHeader({ alg: "ES256", kid: "k" })
			.sign(key);
	const exp = () => Math.floor(Date.now() / 1_000) + 600;
	return {
		access: await createAccess(
			{ mode: "jwt", jwksUrl, issuer, audience, ...claimed },
			silentLog,
		),
		sign,
		exp,
		publicKey: jwk,
		stopKeys: () => server.close(),
		make: async ({
			name = "ana",
			role = "viewer",
			isExpired = false,
		}: Holder) =>
			await sign({
				sub: name,
				exp: isExpired ? 1_600_000_000 : exp(),
				realm_access: { roles: [role, "of-another-service"] },
			}),
		forge: async () =>
			await sign(
				{ exp: exp(), realm_access: { roles: ["releaser"] } },
				strange.privateKey,
			),
	};
}
