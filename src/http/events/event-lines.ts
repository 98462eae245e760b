import type { ChangeEntry } from "../../plans/change-ports.ts";
import { type EventPosition, writePosition } from "./event-position.ts";

const data = (value: object) => `data: ${JSON.stringify(value)}`;

/** One change; the event's id is the position after it. */
export function changeLines(
	place: EventPosition,
	{ kind, json }: ChangeEntry["changes"][number],
): string[] {
	return [`id: ${writePosition(place)}`, `event: ${kind}`, `data: ${json}`];
}

/** The stream begins here: later events are changes from now on. */
export function readyLines(place: EventPosition): string[] {
	const id = `id: ${writePosition(place)}`;
	return [id, "event: ready", data({ resumed: false })];
}

/** The stream goes on where the reader was. */
export const resumedLines = ["event: ready", data({ resumed: true })];

/** Changes before this position were lost. */
export function resetLines(place: EventPosition): string[] {
	const detail = "changes were lost: load anew what you show";
	return [`id: ${writePosition(place)}`, "event: reset", data({ detail })];
}

/** The last event before the stream ends; the reader reconnects by itself. */
export const unavailableLines = [
	"event: unavailable",
	data({ detail: "Redis is away: the stream ends here, come again" }),
];

/** No change; an id without data advances the reader's position. */
export function heartbeatLines(place: EventPosition): string[] {
	return [": heartbeat", `id: ${writePosition(place)}`];
}
