import type { FrameBuffer } from "../../activities/drain-telemetry.ts";
import type { BufferedFrameDocument } from "../domain/documents.ts";
import type { Mongo } from "./storage-context.ts";

const COLLECTION = "telemetry_buffer";

/**
 * Frames that could not be published yet, oldest first; they were written through the document store.
 * Throws STORE_UNAVAILABLE; removing is safe to repeat.
 */
export function createTelemetryBuffer(mongo: Mongo): FrameBuffer {
	return {
		async oldest(limit) {
			const found = await mongo.run(
				{ collection: COLLECTION, name: "read_oldest" },
				async (target) =>
					await target.find({}, { sort: { buffered_at: 1 }, limit }).toArray(),
			);
			return found.map(
				(document) => (document as unknown as BufferedFrameDocument).frame,
			);
		},
		async remove(frameIds) {
			if (frameIds.length === 0) return;
			await mongo.run(
				{ collection: COLLECTION, name: "remove" },
				async (target) =>
					await target.deleteMany({ _id: { $in: [...frameIds] } }),
			);
		},
	};
}
