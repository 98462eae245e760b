import type { DocumentWrite } from "../src/domain/documents.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export interface DocumentWriter {
	/** Resolves only when every write is stored, or a newer revision is. Throws STORE_UNAVAILABLE. */
	write(writes: readonly DocumentWrite[]): Promise<void>;
}

export function createWriteDocuments({
	documents,
}: {
	documents: DocumentWriter;
}) {
	/** Safe to retry: writes are keyed and an older revision never replaces a newer one. */
	return async function writeDocuments(writes: DocumentWrite[]): Promise<void> {
		await whileHeartbeating(() => documents.write(writes));
	};
}
