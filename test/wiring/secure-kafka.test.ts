import assert from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import type { Config } from "../../src/config.ts";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createTopicTable,
	type TopicTable,
} from "../../src/messaging/topics.ts";
import { kafkaOf } from "../../src/wiring/kafka-of.ts";
import { randomName, silent } from "../messaging/broker.ts";
import {
	type Authority,
	type Certificate,
	createAuthority,
} from "../support/certificates.ts";
import { configured, fileWith, verdictOf } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { fileEnd } from "../support/file-end.ts";
import { type SecureKafka, startSecureKafka } from "../support/secure-kafka.ts";

let authority: Authority;
let own: Certificate;
let broker: SecureKafka;

const end = fileEnd();
before(async () => {
	authority = await createAuthority(end);
	own = await authority.sign();
	broker = await startSecureKafka(end, authority, await authority.sign());
});

/** Creates a topic, writes to it and reads in a group, as the service does. */
async function writeAndRead(t: TestContext, config: Config): Promise<void> {
	const settings = kafkaOf(config, silent);
	const { consensus } = createTopicTable({ prefix: `${randomName()}.` });
	const topic = consensus.name;
	await ensureTopics(settings, { consensus } as TopicTable, {
		replicationFactor: 1,
	});
	const producer = await createProducer({ ...settings, compression: "gzip" });
	t.after(() => producer.close());
	const value = Buffer.from("hello");
	await producer.send([fromText({ topic, key: null, value })]);
	const seen: string[] = [];
	const consumer = await createBatchConsumer({
		...settings,
		groupId: randomName(),
		topics: [topic],
		fromBeginning: true,
		concurrency: 1,
		async handleBatch(batch) {
			seen.push(...batch.messages.map((message) => String(message.value)));
		},
	});
	t.after(() => consumer.stop());
	await eventually(() => seen.includes("hello"), 30_000);
}

const saslSsl = (): Record<string, string> => ({
	KAFKA_BOOTSTRAP_SERVERS: broker.saslSsl,
	KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
	KAFKA_SASL_USERNAME: "alice",
	KAFKA_SASL_PASSWORD: "alice-secret",
	KAFKA_SSL_CA_LOCATION: authority.certFile,
});

const ssl = (): Record<string, string> => ({
	KAFKA_BOOTSTRAP_SERVERS: broker.ssl,
	KAFKA_SECURITY_PROTOCOL: "SSL",
	KAFKA_SSL_CA_LOCATION: authority.certFile,
	KAFKA_SSL_CERTIFICATE_LOCATION: own.certFile,
	KAFKA_SSL_KEY_LOCATION: own.keyFile,
});

test("secure kafka: TLS with a certificate of our own", async (t) => {
	await writeAndRead(t, configured(ssl()));
	assert.match(await verdictOf(ssl(), "kafka"), /^ok/);
	assert.match(await verdictOf(ssl(), "certificates"), /^ok: 3 valid/);
});

for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]) {
	test(`secure kafka: ${mechanism} over TLS, the password from a file`, async (t) => {
		const { KAFKA_SASL_PASSWORD: password = "", ...rest } = saslSsl();
		await writeAndRead(
			t,
			configured({
				...rest,
				KAFKA_SASL_MECHANISM: mechanism,
				KAFKA_SASL_PASSWORD_FILE: fileWith(t, password),
			}),
		);
	});
}

test("secure kafka: SCRAM without TLS", async (t) => {
	const { KAFKA_SSL_CA_LOCATION: _, ...rest } = saslSsl();
	await writeAndRead(
		t,
		configured({
			...rest,
			KAFKA_BOOTSTRAP_SERVERS: broker.saslPlaintext,
			KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
		}),
	);
});

test("secure kafka: a wrong password names the credentials", async () => {
	for (const KAFKA_SASL_MECHANISM of ["PLAIN", "SCRAM-SHA-512"]) {
		const env = { ...saslSsl(), KAFKA_SASL_MECHANISM };
		assert.match(
			await verdictOf({ ...env, KAFKA_SASL_PASSWORD: "wrong" }, "kafka"),
			/^failed: Kafka at \S+ refuses our credentials: check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD/,
		);
	}
});

test("secure kafka: an authority that did not sign names KAFKA_SSL_CA_LOCATION", async (t) => {
	const other = await createAuthority(t);
	const env = { ...saslSsl(), KAFKA_SSL_CA_LOCATION: other.certFile };
	assert.match(
		await verdictOf(env, "kafka"),
		/^failed: .* not signed by an authority that we trust: set KAFKA_SSL_CA_LOCATION/,
	);
});

test("secure kafka: no certificate of ours, or one that has expired, names KAFKA_SSL_CERTIFICATE_LOCATION", async () => {
	const expired = await authority.sign({ days: -1 });
	const {
		KAFKA_SSL_CERTIFICATE_LOCATION: _,
		KAFKA_SSL_KEY_LOCATION: __,
		...none
	} = ssl();
	const old = {
		...none,
		KAFKA_SSL_CERTIFICATE_LOCATION: expired.certFile,
		KAFKA_SSL_KEY_LOCATION: expired.keyFile,
	};
	for (const env of [none, old]) {
		assert.match(
			await verdictOf(env, "kafka"),
			/^failed: .* does not take our certificate, or asks for one and gets none: set KAFKA_SSL_CERTIFICATE_LOCATION/,
		);
	}
	assert.match(
		await verdictOf(old, "certificates"),
		/^failed: KAFKA_SSL_CERTIFICATE_LOCATION \(CN=test\) expired on/,
	);
});

test("secure kafka: a name that is not in the certificate names KAFKA_SSL_SERVER_NAME", async () => {
	const env = { ...saslSsl(), KAFKA_SSL_SERVER_NAME: "elsewhere.example.com" };
	assert.match(
		await verdictOf(env, "kafka"),
		/is for another name: set KAFKA_SSL_SERVER_NAME/,
	);
	assert.match(
		await verdictOf({ ...env, KAFKA_SSL_SERVER_NAME: "localhost" }, "kafka"),
		/^ok/,
	);
});

test("secure kafka: TLS where none is spoken, and none where it is, name the protocol", async () => {
	const plain = process.env.KAFKA_BOOTSTRAP_SERVERS ?? "";
	assert.match(
		await verdictOf(
			{ ...ssl(), KAFKA_BOOTSTRAP_SERVERS: plain.split(",")[0] ?? "" },
			"kafka",
		),
		/^failed: .*KAFKA_SECURITY_PROTOCOL=SSL/,
	);
	assert.match(
		await verdictOf({ KAFKA_BOOTSTRAP_SERVERS: broker.ssl }, "kafka"),
		/^failed: .*if it speaks TLS only, set KAFKA_SECURITY_PROTOCOL=SSL/,
	);
});
