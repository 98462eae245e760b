import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";

/** Where a decision or a plan lies on Kafka. */
export interface Published {
	plan_id: string;
	topic: string;
	partition: number;
	offset: string;
}

/** The record's coordinates, and how to follow its plan. */
export function renderPublished(
	{ plan_id, topic, partition, offset }: Published,
	frame: Frame,
): string[] {
	return [
		`${frame.paint("good", "✔")} plan ${plan_id} is on Kafka; what becomes of it the service decides`,
		...renderFields(
			[
				["topic", topic],
				["partition", String(partition)],
				["offset", offset],
				["follow it", `orchestrator plans watch ${plan_id}`],
				["if it is refused", `orchestrator dlq list --plan ${plan_id}`],
			],
			frame,
		),
	];
}
