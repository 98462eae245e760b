import { type Check, failed, ok, warning } from "./check.ts";

export interface CertificateFacts {
	/** Setting whose file it stands in, or the server that showed it. */
	where: string;
	subject: string;
	expiresAtMs: number;
}

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/** Judges the expiry of certificates: ours, the authorities' and the servers'. */
export function checkCertificates(
	certificates: readonly CertificateFacts[],
	nowMs: number,
): Check[] {
	const name = "certificates";
	if (certificates.length === 0) return [];
	const faults = certificates.flatMap(({ where, subject, expiresAtMs }) => {
		const days = Math.floor((expiresAtMs - nowMs) / DAY_MS);
		const date = new Date(expiresAtMs).toISOString().slice(0, 10);
		const remedy = `renew the certificate of ${where}, and start the service again`;
		const what = `${where} (${subject})`;
		if (expiresAtMs <= nowMs) {
			return [failed(name, `${what} expired on ${date}`, remedy)];
		}
		return days < WARN_DAYS
			? [warning(name, `${what} expires on ${date}, in ${days} days`, remedy)]
			: [];
	});
	if (faults.length > 0) return faults;
	const next = new Date(Math.min(...certificates.map((it) => it.expiresAtMs)));
	const date = next.toISOString().slice(0, 10);
	return [
		ok(name, `${certificates.length} valid, the next expires on ${date}`),
	];
}
