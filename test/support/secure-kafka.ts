import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startOwnServer } from "../../stack/own-server.ts";
import { killGroup } from "../../stack/server-process.ts";
import { createKafka } from "../../stack/servers/kafka.ts";
import type { Authority, Certificate } from "./certificates.ts";
import type { Ending } from "./file-end.ts";

/** Ports of one broker's listeners; user `alice`, password `alice-secret`. */
export interface SecureKafka {
	/** TLS; asks for a certificate that the authority signed. */
	ssl: string;
	saslSsl: string;
	saslPlaintext: string;
}

const listeners = ["SSL", "SASL_SSL", "SASL_PLAINTEXT"] as const;
const PASSWORD = "alice-secret";

/** A real broker with TLS and SASL listeners, ended with the test. */
export async function startSecureKafka(
	t: Ending,
	authority: Authority,
	own: Certificate,
): Promise<SecureKafka> {
	const directory = mkdtempSync(path.join(tmpdir(), "secure-kafka-"));
	const file = (name: string, text: string) => {
		const place = path.join(directory, name);
		writeFileSync(place, text);
		return place;
	};
	const keyStore = file("own.pem", own.key + own.cert);
	const trustStore = file("ca.pem", authority.cert);
	const server = createKafka({
		portCount: listeners.length,
		settings: (ports) => settingsOf(ports, keyStore, trustStore),
		formatArgs: ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
			"--add-scram",
			`${mechanism}=[name=alice,password=${PASSWORD}]`,
		]),
	});
	const silent = () => undefined;
	const { signal } = new AbortController();
	const pids = new Set<number>();
	// The broker is a process group of its own: it must not outlive a test that ends early.
	const endAll = () => {
		for (const pid of pids) killGroup(pid, "SIGKILL");
	};
	process.once("exit", endAll);
	const running = await startOwnServer(
		server,
		await server.fetch({ report: silent, signal }),
		{
			directory,
			wantedPorts: [],
			takenPorts: new Set(),
			signal,
			report: silent,
			recordProcess({ identity }, state) {
				if (identity === undefined) return;
				if (state === "started") pids.add(identity.pid);
				else pids.delete(identity.pid);
			},
		},
	);
	t.after(async () => {
		await running.stop("SIGKILL");
		process.off("exit", endAll);
		rmSync(directory, { recursive: true });
	});
	const [, , ...ports] = running.ports;
	const [ssl, saslSsl, saslPlaintext] = ports.map(
		(port) => `127.0.0.1:${port}`,
	);
	return {
		ssl: ssl as string,
		saslSsl: saslSsl as string,
		saslPlaintext: saslPlaintext as string,
	};
}

function settingsOf(
	[plain, controller, ...ports]: readonly number[],
	keyStore: string,
	trustStore: string,
): string {
	const clients = listeners.map(
		(name, index) => `${name}://127.0.0.1:${ports[index]}`,
	);
	const open = [`PLAINTEXT://127.0.0.1:${plain}`, ...clients];
	const map = ["CONTROLLER:PLAINTEXT", "PLAINTEXT:PLAINTEXT"];
	return [
		`listeners=${[...open, `CONTROLLER://127.0.0.1:${controller}`].join(",")}`,
		`advertised.listeners=${open.join(",")}`,
		`listener.security.protocol.map=${[...map, ...listeners.map((it) => `${it}:${it}`)].join(",")}`,
		"ssl.keystore.type=PEM",
		`ssl.keystore.location=${keyStore}`,
		"ssl.truststore.type=PEM",
		`ssl.truststore.location=${trustStore}`,
		"listener.name.ssl.ssl.client.auth=required",
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		...["sasl_ssl", "sasl_plaintext"].flatMap(saslModules),
		"",
	].join("\n");
}

function saslModules(listener: string): string[] {
	const module = "org.apache.kafka.common.security";
	const of = (mechanism: string) =>
		`listener.name.${listener}.${mechanism}.sasl.jaas.config`;
	return [
		`${of("plain")}=${module}.plain.PlainLoginModule required user_alice="${PASSWORD}";`,
		`${of("scram-sha-256")}=${module}.scram.ScramLoginModule required;`,
		`${of("scram-sha-512")}=${module}.scram.ScramLoginModule required;`,
	];
}
