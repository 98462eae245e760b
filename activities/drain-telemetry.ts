import type { TelemetryFrame } from "../schemas/telemetry-frame.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import type { FramePublisher } from "./publish-telemetry.ts";

export interface FrameBuffer {
	/** The oldest frames that wait in `telemetry_buffer`. */
	oldest(limit: number): Promise<TelemetryFrame[]>;
	remove(frameIds: readonly string[]): Promise<void>;
}

export interface DrainTelemetryDeps {
	frames: FramePublisher;
	buffer: FrameBuffer;
}

/** Frames a round trip; a round is bounded so that a heartbeat goes out between two. */
const ROUND_SIZE = 100;

export function createDrainTelemetry({ frames, buffer }: DrainTelemetryDeps) {
	/**
	 * Publishes the frames that C6 kept while Kafka was away, oldest first, and returns their number.
	 * At-least-once: a frame leaves the buffer only after it was acknowledged; readers drop duplicates by
	 * `frame_id`.
	 */
	return async function drainTelemetry(): Promise<number> {
		let drained = 0;
		for (;;) {
			const round = await buffer.oldest(ROUND_SIZE);
			if (round.length === 0) return drained;
			await whileHeartbeating((bounds) => frames.publishFrames(round, bounds));
			await buffer.remove(round.map(({ frame_id }) => frame_id));
			drained += round.length;
		}
	};
}
