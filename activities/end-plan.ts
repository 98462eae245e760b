import type { TelemetryFrame } from "../schemas/telemetry-frame.ts";
import { withinMs } from "../src/deadline.ts";
import type { DocumentWrite, PlanStep } from "../src/domain/documents.ts";
import { closeStep } from "../src/domain/plan-steps.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import type { FramePublisher } from "./publish-telemetry.ts";
import { type DocumentWriter, withMoment } from "./write-documents.ts";

/** The frame of C6, and the plan's last documents as they are while C6 runs. */
export interface PlanEnd {
	frame: TelemetryFrame;
	writes: DocumentWrite[];
}

/** The frame was acknowledged then, Unix epoch, ms; documents that are not known to be stored are written again. */
export interface PlanEnded {
	published_at: number;
	is_stored: boolean;
}

/** What is left of the attempt for the documents, when the frame took its longest. */
const LEAST_WRITE_MS = 1_000;

/** C6, and the documents that show its end: one activity, because each is several steps into the workflow's thread. */
export function createEndPlan({
	frames,
	documents,
}: {
	frames: FramePublisher;
	documents: DocumentWriter;
}) {
	/**
	 * Throws, with nothing written, when the frame is not known to be published. At-least-once: readers drop duplicates
	 * by `frame_id`, and documents are keyed.
	 */
	return async function endPlan({
		frame,
		writes,
	}: PlanEnd): Promise<PlanEnded> {
		return await whileHeartbeating(async ({ timeoutMs, signal }) => {
			const startedAtMs = performance.now();
			await frames.publishFrames([frame], {
				timeoutMs: timeoutMs - LEAST_WRITE_MS,
				signal,
			});
			const published_at = Date.now();
			// All of the rest: what is given up too early goes to a slow store twice.
			const restMs = timeoutMs - (performance.now() - startedAtMs);
			const ended = writes.map((one) =>
				withMoment(withC6Closed(one, published_at)),
			);
			const is_stored = await withinMs(restMs, () =>
				documents.write(ended),
			).then(
				() => true,
				() => false,
			);
			return { published_at, is_stored };
		});
	};
}

function withC6Closed(write: DocumentWrite, atMs: number): DocumentWrite {
	if (write.collection === "workflows")
		closeStep(write.fields.steps as PlanStep[], "C6", "completed", atMs);
	return write;
}
