import type { TelemetryFrame } from "../schemas/telemetry-frame.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export interface FramePublisher {
	/** Resolves only after the brokers acknowledged every frame. */
	publishFrames(frames: readonly TelemetryFrame[]): Promise<void>;
}

export function createPublishTelemetry({ frames }: { frames: FramePublisher }) {
	/** C6. At-least-once: readers drop duplicates by `frame_id`. */
	return async function publishTelemetry(frame: TelemetryFrame): Promise<void> {
		await whileHeartbeating(frames.publishFrames([frame]));
	};
}
