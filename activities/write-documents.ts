import type { DocumentWrite } from "../src/domain/documents.ts";
import { PLAN_OUTCOMES } from "../src/domain/rollout/plan-outcome.ts";
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
		await whileHeartbeating(() => documents.write(writes.map(withMoment)));
	};
}

/** An outcome says when its write was tried, so that readers can go on from a moment. */
export function withMoment(write: DocumentWrite): DocumentWrite {
	if (write.collection !== PLAN_OUTCOMES) return write;
	return { ...write, fields: { ...write.fields, recorded_at: Date.now() } };
}
