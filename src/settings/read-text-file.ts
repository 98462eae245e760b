import { readFileSync } from "node:fs";

/** A file's text, without a byte-order mark. Throws when it cannot be read, or is no UTF-8: half of a secret would be another one. */
export function readTextFile(file: string): string {
	const bytes = readFileSync(file);
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw new Error("its bytes are no UTF-8");
	}
}
