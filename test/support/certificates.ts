import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Ending } from "./file-end.ts";

const run = promisify(execFile);
const KEY = [
	...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
	"-nodes",
];

/** A certificate with its key, as files and as text. */
export interface Certificate {
	certFile: string;
	keyFile: string;
	cert: string;
	key: string;
}

export interface Authority extends Certificate {
	/** Signs a certificate, for 127.0.0.1 and localhost by default. */
	sign(options?: SignOptions): Promise<Certificate>;
}

export interface SignOptions {
	/** `IP:127.0.0.1,DNS:localhost`. */
	names?: string;
	/** -1: expired yesterday. */
	days?: number;
}

/** An authority made on the spot by openssl; its files are gone with the test. */
export async function createAuthority(
	t: Ending,
	days = 60,
): Promise<Authority> {
	const directory = mkdtempSync(path.join(tmpdir(), "certificates-"));
	t.after(() => rmSync(directory, { recursive: true }));
	let count = 0;
	const file = (name: string) => path.join(directory, name);
	const request = ["-new", ...KEY, "-keyout"];
	await run("openssl", [
		...["req", "-x509", ...KEY, "-days", String(days), "-subj", "/CN=Test CA"],
		...["-keyout", file("ca.key"), "-out", file("ca.crt")],
	]);
	const read = (certFile: string, keyFile: string): Certificate => ({
		certFile,
		keyFile,
		cert: readFileSync(certFile, "utf8"),
		key: readFileSync(keyFile, "utf8"),
	});
	return {
		...read(file("ca.crt"), file("ca.key")),
		async sign({ names = "IP:127.0.0.1,DNS:localhost", days: own = 60 } = {}) {
			count += 1;
			const [key, csr, crt] = ["key", "csr", "crt"].map((ending) =>
				file(`${count}.${ending}`),
			) as [string, string, string];
			await run("openssl", [
				...["req", ...request, key, "-out", csr, "-subj", "/CN=test"],
				...["-addext", `subjectAltName=${names}`],
			]);
			await run("openssl", [
				...["x509", "-req", "-in", csr, "-out", crt, "-days", String(own)],
				...["-CA", file("ca.crt"), "-CAkey", file("ca.key")],
				...["-set_serial", String(count), "-copy_extensions", "copy"],
			]);
			return read(crt, key);
		},
	};
}
