import type { TelemetryFrame } from "../schemas/telemetry-frame.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface FramePublisher {
	/** Resolves only after the brokers acknowledged every frame. */
	publishFrames(
		frames: readonly TelemetryFrame[],
		bounds: AttemptBounds,
	): Promise<void>;
}

export function createPublishTelemetry({ frames }: { frames: FramePublisher }) {
	/** C6. At-least-once: readers drop duplicates by `frame_id`. */
	return async function publishTelemetry(frame: TelemetryFrame): Promise<void> {
		await whileHeartbeating((bounds) => frames.publishFrames([frame], bounds));
	};
}
