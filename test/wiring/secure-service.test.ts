import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { MongoClient } from "mongodb";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { startService } from "../../demo/service.ts";
import { toDecisionMessage } from "../../src/messaging/decision-message.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import { kafkaOf, topicsOf } from "../../src/wiring/kafka-of.ts";
import { randomName, silent } from "../messaging/broker.ts";
import { openApiKeyProxy } from "../support/api-key-proxy.ts";
import { createAuthority } from "../support/certificates.ts";
import { configured } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { fileEnd } from "../support/file-end.ts";
import { startSecureKafka } from "../support/secure-kafka.ts";
import { serverAddress } from "../support/server-address.ts";
import { openTlsProxy } from "../support/tls-proxy.ts";

const end = fileEnd();
const DEADLINE_MS = 120_000;

/** The environment of a service all of whose servers want TLS. */
async function secureEnvironment(name: string) {
	const authority = await createAuthority(end);
	const certificate = await authority.sign();
	const own = await authority.sign();
	const { saslSsl } = await startSecureKafka(end, authority, certificate);
	const behind = (target: string) =>
		openTlsProxy(end, { target, certificate, clientAuthority: authority });
	const mongo = await behind(new URL(serverAddress("MONGODB_URI")).host);
	const apiKey = "the-key";
	const target = serverAddress("TEMPORAL_HOST");
	return {
		KAFKA_BOOTSTRAP_SERVERS: saslSsl,
		KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
		KAFKA_SASL_USERNAME: "alice",
		KAFKA_SASL_PASSWORD: "alice-secret",
		KAFKA_SSL_CA_LOCATION: authority.certFile,
		KAFKA_TOPIC_PREFIX: `${name}.`,
		KAFKA_CONSUMER_GROUP_ID: name,
		TEMPORAL_HOST: await openApiKeyProxy(end, { target, certificate, apiKey }),
		TEMPORAL_TLS_ENABLED: "true",
		TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile,
		TEMPORAL_API_KEY: apiKey,
		TEMPORAL_TASK_QUEUE: name,
		MONGODB_URI: `mongodb://${mongo}`,
		MONGODB_DATABASE: name,
		MONGODB_TLS_ENABLED: "true",
		MONGODB_TLS_CA_LOCATION: authority.certFile,
		MONGODB_TLS_CERTIFICATE_LOCATION: own.certFile,
		MONGODB_TLS_KEY_LOCATION: own.keyFile,
		REDIS_CLUSTER_NODES: await behind(serverAddress("REDIS_CLUSTER_NODES")),
		REDIS_SSL_ENABLED: "true",
		REDIS_SSL_CA_LOCATION: authority.certFile,
		REDIS_SSL_CERTIFICATE_LOCATION: own.certFile,
		REDIS_SSL_KEY_LOCATION: own.keyFile,
	};
}

test("secure service: a decision becomes a published ticket with TLS to every server", async () => {
	const name = randomName();
	const env = await secureEnvironment(name);
	const config = configured(env);
	const directory = mkdtempSync(path.join(tmpdir(), "secure-service-"));
	end.after(() => rmSync(directory, { recursive: true }));
	const { signal } = new AbortController();
	end.after(async () => {
		const client = new MongoClient(serverAddress("MONGODB_URI"));
		await client.db(name).dropDatabase();
		await client.close();
	});
	const service = await startService({ directory, signal, env });
	end.after(() => service.stop());

	const kafka = kafkaOf(config, silent);
	const producer = await createProducer({ ...kafka, compression: "gzip" });
	end.after(() => producer.close());
	const plan_id = `plan-${name}`;
	const plan = buildPlan({ plan_id, tasks: [{ task_id: "a" }] });
	const topic = topicsOf(config).consensus.name;
	await producer.send([toDecisionMessage(topic, buildDecision(plan))]);

	const get = async (address: string) =>
		(await (await fetch(service.address + address)).json()) as Record<
			string,
			unknown
		>;
	await eventually(async () => {
		const view = await get(`/api/v1/plans/${plan_id}`);
		// From MongoDB, and the ticket's publication was confirmed.
		return (
			view.read_source === "mongodb" && typeof view.published_at === "number"
		);
	}, DEADLINE_MS);
	const { checks } = await get("/ready");
	assert.deepEqual(checks, {
		roles: true,
		temporal: true,
		kafka: true,
		mongodb: true,
		plans: true,
		records: true,
		redis: true,
		routing: true,
		stops: true,
	});
});
