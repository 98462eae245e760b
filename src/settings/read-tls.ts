import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Settings } from "../config-schema.ts";
import { readTextFile } from "./read-text-file.ts";
import type { TlsArea } from "./tls-areas.ts";

/** Options for Node's TLS; PEM texts. */
export interface TlsSettings {
	ca?: string;
	cert?: string;
	key?: string;
	servername?: string;
}

export interface TlsReading {
	/** Absent when TLS is not spoken. */
	tls: TlsSettings | undefined;
	problems: string[];
}

const CERTIFICATE =
	/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order. Throws when one cannot be read. */
export function listCertificates(pem: string): X509Certificate[] {
	return (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
}

/** Reads the files an area's settings name. Whether a certificate is still valid is not asked here. */
export function readTls(
	area: TlsArea,
	settings: Partial<Settings>,
): TlsReading {
	const problems: string[] = [];
	const read = (name: keyof Settings | undefined, check: Check) => {
		const file = name && settings[name];
		if (name === undefined || typeof file !== "string") return undefined;
		try {
			const text = readTextFile(file);
			check(text);
			return text;
		} catch (error) {
			const why = (error as Error).message;
			problems.push(
				`${name} is "${file}", which cannot be used: ${why}; it must be: a PEM file; for example ${name}=/etc/tls/${name === area.key ? "tls.key" : "ca.crt"}`,
			);
			return undefined;
		}
	};
	const ca = read(area.ca, checkCertificates);
	const cert = read(area.certificate, checkCertificates);
	const key = read(area.key, (text) => checkKey(text, cert));
	const servername = area.serverName && settings[area.serverName];
	const tls: TlsSettings = {
		...(ca === undefined ? {} : { ca }),
		...(cert === undefined ? {} : { cert }),
		...(key === undefined ? {} : { key }),
		...(servername === undefined ? {} : { servername: String(servername) }),
	};
	return { tls: area.isOn(settings) ? tls : undefined, problems };
}

type Check = (text: string) => void;

function checkCertificates(text: string): void {
	if (listCertificates(text).length === 0) {
		throw new Error("there is no certificate in it");
	}
}

function checkKey(text: string, cert: string | undefined): void {
	const key = createPrivateKey(text);
	const [own] = cert === undefined ? [] : listCertificates(cert);
	if (own !== undefined && !own.checkPrivateKey(key)) {
		throw new Error("it is not the key of the certificate");
	}
}
