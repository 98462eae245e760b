import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import type { Config } from "../../src/config.ts";
import { startPlanWorker } from "../../src/temporal/worker.ts";
import { randomName } from "../messaging/broker.ts";
import { openApiKeyProxy } from "../support/api-key-proxy.ts";
import {
	type Authority,
	type Certificate,
	createAuthority,
} from "../support/certificates.ts";
import { checksOf, configured, verdictOf } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { fileEnd } from "../support/file-end.ts";
import { silentLog } from "../support/intake-stand-ins.ts";
import { serverAddress } from "../support/server-address.ts";
import { openTlsProxy } from "../support/tls-proxy.ts";

const end = fileEnd();
const target = serverAddress("TEMPORAL_HOST");
const API_KEY = "the-key";
let authority: Authority;
let own: Certificate;
/** Asks for certificates; asks for the key. */
let mutual: string;
let keyed: string;

before(async () => {
	authority = await createAuthority(end);
	own = await authority.sign();
	const certificate = await authority.sign();
	mutual = await openTlsProxy(end, {
		target,
		certificate,
		clientAuthority: authority,
	});
	keyed = await openApiKeyProxy(end, { target, certificate, apiKey: API_KEY });
});

const withCertificate = (): Record<string, string> => ({
	TEMPORAL_HOST: mutual,
	TEMPORAL_TLS_ENABLED: "true",
	TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile,
	TEMPORAL_TLS_CLIENT_CERT_PATH: own.certFile,
	TEMPORAL_TLS_CLIENT_KEY_PATH: own.keyFile,
});

const withKey = (): Record<string, string> => ({
	TEMPORAL_HOST: keyed,
	TEMPORAL_TLS_ENABLED: "true",
	TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile,
	TEMPORAL_API_KEY: API_KEY,
});

/** A worker of ours polls, and the client sees it. */
async function pollAndLook(
	t: TestContext,
	env: Record<string, string>,
): Promise<void> {
	const config = configured({ ...env, TEMPORAL_TASK_QUEUE: randomName() });
	const worker = await startWorker(config);
	t.after(() => worker.stop());
	await eventually(async () => {
		const [check] = await checksOf(config, "temporal workers");
		assert.match(check?.detail ?? "", /^1 poll/);
		return true;
	}, 30_000);
}

function startWorker({ temporal }: Config) {
	return startPlanWorker({
		connection: temporal,
		namespace: temporal.namespace,
		taskQueue: temporal.taskQueue,
		identity: "test",
		maxCachedWorkflows: 10,
		guardWorkflows: true,
		shutdownGraceMs: 100,
		retryWaits: temporal.retryWaits,
		activities: {} as never,
		sinks: {} as never,
		log: silentLog,
	});
}

test("secure temporal: client and worker with a certificate of ours", async (t) => {
	await pollAndLook(t, withCertificate());
});

test("secure temporal: client and worker with an API key", async (t) => {
	await pollAndLook(t, withKey());
});

test("secure temporal: another key, or none, names TEMPORAL_API_KEY", async () => {
	const { TEMPORAL_API_KEY: _, ...none } = withKey();
	for (const env of [none, { ...none, TEMPORAL_API_KEY: "another" }]) {
		assert.match(
			await verdictOf(env, "temporal"),
			/^failed: Temporal at \S+ refuses our credentials: check TEMPORAL_API_KEY/,
		);
	}
});

test("secure temporal: an authority that did not sign names TEMPORAL_TLS_SERVER_CA_CERT_PATH", async (t) => {
	const other = await createAuthority(t);
	const env = {
		...withKey(),
		TEMPORAL_TLS_SERVER_CA_CERT_PATH: other.certFile,
	};
	assert.match(
		await verdictOf(env, "temporal"),
		/^failed: .* not signed by an authority that we trust: set TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
	);
});

test("secure temporal: a server's certificate that has expired is named", async () => {
	const expired = await openTlsProxy(end, {
		target,
		certificate: await authority.sign({ days: -1 }),
	});
	const env = { ...withKey(), TEMPORAL_HOST: expired };
	assert.match(
		await verdictOf(env, "temporal"),
		/^failed: the certificate of Temporal at \S+, or .*, has expired: renew the server's certificate/,
	);
	assert.match(
		await verdictOf(env, "certificates"),
		/^failed: Temporal at \S+ \(test\) expired on/,
	);
});

test("secure temporal: a certificate of ours that has expired, or none, names TEMPORAL_TLS_CLIENT_CERT_PATH", async () => {
	const expired = await authority.sign({ days: -1 });
	const {
		TEMPORAL_TLS_CLIENT_CERT_PATH: _,
		TEMPORAL_TLS_CLIENT_KEY_PATH: __,
		...none
	} = withCertificate();
	const old = {
		...none,
		TEMPORAL_TLS_CLIENT_CERT_PATH: expired.certFile,
		TEMPORAL_TLS_CLIENT_KEY_PATH: expired.keyFile,
	};
	assert.match(
		await verdictOf(none, "temporal"),
		/^failed: .* does not take our certificate, or asks for one and gets none: set TEMPORAL_TLS_CLIENT_CERT_PATH/,
	);
	// Node.js as a server only closes the connection then.
	assert.match(
		await verdictOf(old, "temporal"),
		/^failed: .*if it asks for certificates, that TEMPORAL_TLS_CLIENT_CERT_PATH names one that it takes/,
	);
	assert.match(
		await verdictOf(old, "certificates"),
		/^failed: TEMPORAL_TLS_CLIENT_CERT_PATH \(CN=test\) expired on/,
	);
});

test("secure temporal: TEMPORAL_TLS_SERVER_NAME is the name that is looked for", async () => {
	const elsewhere = await openTlsProxy(end, {
		target,
		certificate: await authority.sign({ names: "DNS:temporal.example.com" }),
	});
	const env = { ...withKey(), TEMPORAL_HOST: elsewhere };
	assert.match(
		await verdictOf(env, "temporal"),
		/is for another name: set TEMPORAL_TLS_SERVER_NAME/,
	);
	const named = { ...env, TEMPORAL_TLS_SERVER_NAME: "temporal.example.com" };
	assert.match(await verdictOf(named, "temporal"), /^ok/);
});

test("secure temporal: without TLS as before, and either without the other names the switch", async () => {
	assert.match(await verdictOf({ TEMPORAL_HOST: target }, "temporal"), /^ok/);
	assert.match(
		await verdictOf({ TEMPORAL_HOST: keyed }, "temporal"),
		/^failed: .*if it speaks TLS only, set TEMPORAL_TLS_ENABLED=true/,
	);
	assert.match(
		await verdictOf({ ...withKey(), TEMPORAL_HOST: target }, "temporal"),
		/^failed: Temporal at \S+ does not speak TLS: .*TEMPORAL_TLS_ENABLED=true/,
	);
});
