import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, type TestContext, test } from "node:test";
import { createMongo } from "../../src/storage/mongo.ts";
import { createRedis } from "../../src/storage/redis.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import {
	type Authority,
	type Certificate,
	createAuthority,
} from "../support/certificates.ts";
import { configured, fileWith, verdictOf } from "../support/configured.ts";
import { fileEnd } from "../support/file-end.ts";
import { openRedis, serverAddress, silentLog } from "../support/stores.ts";
import { openTlsProxy } from "../support/tls-proxy.ts";

const end = fileEnd();
const user = `test-${randomUUID()}`;
const PASSWORD = "redis-secret";
let authority: Authority;
let own: Certificate;
let mongo: string;
let redis: string;
let expired: string;

before(async () => {
	authority = await createAuthority(end);
	own = await authority.sign();
	const certificate = await authority.sign();
	const mongoTarget = new URL(serverAddress("MONGODB_URI")).host;
	const clientAuthority = authority;
	const redisTarget = serverAddress("REDIS_CLUSTER_NODES");
	const mutual = { certificate, clientAuthority };
	mongo = await openTlsProxy(end, { target: mongoTarget, ...mutual });
	redis = await openTlsProxy(end, { target: redisTarget, ...mutual });
	expired = await openTlsProxy(end, {
		target: redisTarget,
		certificate: await authority.sign({ days: -1 }),
	});
});

const mongoEnv = (): Record<string, string> => ({
	MONGODB_URI: `mongodb://${mongo}`,
	MONGODB_DATABASE: `test-${randomUUID()}`,
	MONGODB_TLS_ENABLED: "true",
	MONGODB_TLS_CA_LOCATION: authority.certFile,
	MONGODB_TLS_CERTIFICATE_LOCATION: own.certFile,
	MONGODB_TLS_KEY_LOCATION: own.keyFile,
});

const redisEnv = (): Record<string, string> => ({
	REDIS_CLUSTER_NODES: redis,
	REDIS_SSL_ENABLED: "true",
	REDIS_SSL_CA_LOCATION: authority.certFile,
	REDIS_SSL_CERTIFICATE_LOCATION: own.certFile,
	REDIS_SSL_KEY_LOCATION: own.keyFile,
});

/** A user of the test's own: the server is everybody's. */
async function addRedisUser(t: TestContext): Promise<void> {
	const { redis: plain } = openRedis(t);
	await plain.run("acl", async (client) => {
		await client.call(
			...(["ACL", "SETUSER", user, "on", `>${PASSWORD}`, "~*", "+@all"] as [
				string,
				...string[],
			]),
		);
	});
	end.after(async () => undefined);
}

test("secure mongodb: writes and reads with a certificate of ours", async (t) => {
	const config = configured(mongoEnv()).mongodb;
	const store = createMongo(config, {
		log: silentLog,
		metrics: createMetrics(),
	});
	t.after(() => store.close());
	await store.indexed;
	const found = await store.run(
		{ collection: "decisions", name: "test" },
		async (target) => {
			await target.insertOne({ _id: "1" });
			return await target.findOne({ _id: "1" });
		},
	);
	assert.deepEqual(found, { _id: "1" });
	await store.run({ collection: "decisions", name: "drop" }, (target) =>
		target.drop(),
	);
});

test("secure mongodb: a connection string that asks for TLS is enough", async () => {
	const { MONGODB_TLS_ENABLED: _, ...rest } = mongoEnv();
	const uri = `mongodb://${mongo}/?tls=true`;
	assert.match(
		await verdictOf({ ...rest, MONGODB_URI: uri }, "mongodb"),
		/^(ok|warning)/,
	);
});

test("secure mongodb: wrong authority and missing certificate name their settings", async (t) => {
	const other = await createAuthority(t);
	const wrong = { ...mongoEnv(), MONGODB_TLS_CA_LOCATION: other.certFile };
	assert.match(
		await verdictOf(wrong, "mongodb"),
		/not signed by an authority that we trust: set MONGODB_TLS_CA_LOCATION/,
	);
	const {
		MONGODB_TLS_CERTIFICATE_LOCATION: _,
		MONGODB_TLS_KEY_LOCATION: __,
		...none
	} = mongoEnv();
	assert.match(
		await verdictOf(none, "mongodb"),
		/asks for one and gets none: set MONGODB_TLS_CERTIFICATE_LOCATION/,
	);
});

test("secure redis: user, password and a certificate of ours", async (t) => {
	await addRedisUser(t);
	const env = {
		...redisEnv(),
		REDIS_USERNAME: user,
		REDIS_PASSWORD_FILE: fileWith(t, PASSWORD),
	};
	const cache = createRedis(configured(env).redis, {
		log: silentLog,
		metrics: createMetrics(),
	});
	t.after(() => cache.close());
	await cache.setMany([[user, "1"]], 10);
	assert.deepEqual(await cache.getMany([user]), ["1"]);
	assert.match(await verdictOf(env, "redis"), /^ok/);
});

test("secure redis: a wrong password names the credentials", async (t) => {
	await addRedisUser(t);
	const env = {
		...redisEnv(),
		REDIS_USERNAME: user,
		REDIS_PASSWORD: "wrong",
	};
	assert.match(
		await verdictOf(env, "redis"),
		/^failed: Redis at \S+ refuses our credentials: check REDIS_USERNAME, REDIS_PASSWORD/,
	);
});

test("secure redis: wrong authority, expired and missing certificates name their settings", async (t) => {
	const other = await createAuthority(t);
	assert.match(
		await verdictOf(
			{ ...redisEnv(), REDIS_SSL_CA_LOCATION: other.certFile },
			"redis",
		),
		/not signed by an authority that we trust: set REDIS_SSL_CA_LOCATION/,
	);
	assert.match(
		await verdictOf({ ...redisEnv(), REDIS_CLUSTER_NODES: expired }, "redis"),
		/has expired: renew the server's certificate/,
	);
	const {
		REDIS_SSL_CERTIFICATE_LOCATION: _,
		REDIS_SSL_KEY_LOCATION: __,
		...none
	} = redisEnv();
	assert.match(
		await verdictOf(none, "redis"),
		/asks for one and gets none: set REDIS_SSL_CERTIFICATE_LOCATION/,
	);
});

test("secure stores: without TLS as before", async () => {
	const env = {
		MONGODB_URI: serverAddress("MONGODB_URI"),
		REDIS_CLUSTER_NODES: serverAddress("REDIS_CLUSTER_NODES"),
	};
	assert.match(await verdictOf(env, "redis"), /^ok/);
	assert.match(await verdictOf(env, "mongodb"), /^(ok|warning)/);
});

test("secure stores: TLS where none is spoken, and none where it is, name the switch", async () => {
	const plainMongo = serverAddress("MONGODB_URI");
	assert.match(
		await verdictOf({ ...mongoEnv(), MONGODB_URI: plainMongo }, "mongodb"),
		/^failed: .*MONGODB_TLS_ENABLED=true|^failed: .*MONGODB_URI/,
	);
	assert.match(
		await verdictOf({ REDIS_CLUSTER_NODES: redis }, "redis"),
		/^failed: .*if it speaks TLS only, set REDIS_SSL_ENABLED=true/,
	);
});
