import { sha1 } from "@noble/hashes/legacy.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Namespace of every id we derive; changing it would re-publish running plans under new ids. */
const NAMESPACE = "6f1d2c0e-8a53-5c0b-9d0b-3f5d9c1a7e42";
const namespaceBytes = Uint8Array.from(
	NAMESPACE.replaceAll("-", "").match(/../g) ?? [],
	(hex) => Number.parseInt(hex, 16),
);

/** UUIDv5 (RFC 9562, 5.5) of a name in our namespace: the same name is the same id on every machine and replay. */
export function nameUuid(name: string): string {
	const nameBytes = utf8ToBytes(name);
	const input = new Uint8Array(namespaceBytes.length + nameBytes.length);
	input.set(namespaceBytes);
	input.set(nameBytes, namespaceBytes.length);
	const digest = sha1(input).subarray(0, 16);
	digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
	digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"));
	return [
		hex.slice(0, 4),
		hex.slice(4, 6),
		hex.slice(6, 8),
		hex.slice(8, 10),
		hex.slice(10),
	]
		.map((part) => part.join(""))
		.join("-");
}

/** A ticket's id as it is known here: UUIDs are compared without case, other text is left as it is. */
export function foldTicketId(id: string): string {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
		? id.toLowerCase()
		: id;
}

export interface AttemptName {
	planId: string;
	taskId: string;
	generation: number;
	/** From 1; attempt 1 has the ticket's own id. */
	attempt: number;
	compensation: boolean;
}

/** The wire id of one publication of a ticket (protocol.md, "Names that last"). */
export function attemptId({
	planId,
	taskId,
	generation,
	attempt,
	compensation,
}: AttemptName): string {
	// Ids may hold slashes, so the parts are quoted: `a/b` + `c` must never equal `a` + `b/c`.
	const name = [planId, taskId].map(encodeURIComponent).join("/");
	const kind = compensation ? "/compensate" : "";
	return nameUuid(`${name}/${generation}/${attempt}${kind}`);
}
