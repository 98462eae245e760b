import type { Config } from "../config.ts";
import {
	type CertificateFacts,
	checkCertificates,
} from "../doctor/check-certificates.ts";
import { readPeerCertificate } from "../doctor/peer-certificate.ts";
import type { Examination } from "../doctor/run-doctor.ts";
import { listCertificates, type TlsSettings } from "../settings/read-tls.ts";
import { type TlsAreaName, tlsAreas } from "../settings/tls-areas.ts";
import { mongoHosts } from "./server-names.ts";

/** Checks every certificate of this service and of its servers. */
export function examineCertificates(config: Config): Examination {
	return {
		name: "certificates",
		async look() {
			const areas = Object.entries(speakers(config)) as [
				TlsAreaName,
				Speaker,
			][];
			const found = await Promise.all(
				areas.map(async ([name, { tls, addresses }]) =>
					tls === undefined
						? []
						: [...own(name, tls), ...(await shown(name, tls, addresses))],
				),
			);
			return checkCertificates(found.flat(), Date.now());
		},
	};
}

interface Speaker {
	tls: TlsSettings | undefined;
	addresses: string[];
}

function speakers({
	kafka,
	temporal,
	mongodb,
	redis,
	registry,
}: Config): Record<TlsAreaName, Speaker> {
	return {
		kafka: { tls: kafka.tls, addresses: kafka.brokers },
		registry: {
			tls: kafka.registryTls,
			addresses: hostOf(kafka.schemaRegistryUrl),
		},
		temporal: { tls: temporal.tls, addresses: [temporal.address] },
		mongodb: {
			tls: mongodb.tls,
			// A `mongodb+srv` name stands for other hosts, which only the driver finds.
			addresses: mongodb.uri.startsWith("mongodb+srv")
				? []
				: mongoHosts(mongodb.uri),
		},
		redis: { tls: redis.tls, addresses: redis.nodes },
		workers: {
			tls: registry.tls,
			addresses: registry.address === undefined ? [] : [registry.address],
		},
	};
}

function hostOf(url: string | undefined): string[] {
	if (url === undefined) return [];
	const { hostname, port } = new URL(url);
	return [`${hostname}:${port === "" ? 443 : port}`];
}

function own(name: TlsAreaName, { ca, cert }: TlsSettings): CertificateFacts[] {
	const area = tlsAreas[name];
	const files = [
		[area.ca, ca],
		[area.certificate, cert],
	] as const;
	return files.flatMap(([setting, pem]) =>
		setting === undefined || pem === undefined
			? []
			: listCertificates(pem).map(({ subject, validTo }) => ({
					where: setting,
					subject: subject.replaceAll("\n", ", "),
					expiresAtMs: Date.parse(validTo),
				})),
	);
}

async function shown(
	name: TlsAreaName,
	tls: TlsSettings,
	addresses: readonly string[],
): Promise<CertificateFacts[]> {
	const { server } = tlsAreas[name];
	const found = await Promise.all(
		addresses.map((address) => readPeerCertificate(server, address, tls)),
	);
	return found.filter((facts) => facts !== undefined);
}
