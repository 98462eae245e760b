import type { TestContext } from "node:test";
import { readEvents, type ServerEvent } from "../../src/cli/api/read-events.ts";
import { eventually } from "./eventually.ts";

export interface EventReader {
	events: ServerEvent[];
	/** Ids of plans or tickets, of the events of changes. */
	names(): string[];
	/** The newest id, as a browser would send it. */
	lastId(): string | undefined;
	/** Resolves when so many events of changes have come. */
	until(count: number): Promise<void>;
	ended: Promise<void>;
	close(): void;
}

/** Follows the stream as a browser does: over a real socket, from the last event on. */
export async function readStream(
	t: Pick<TestContext, "after">,
	url: string,
	lastEventId?: string,
): Promise<EventReader> {
	const leaving = new AbortController();
	t.after(() => leaving.abort());
	const response = await fetch(url, {
		signal: leaving.signal,
		headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
	});
	if (response.status !== 200) throw new Error(await response.text());
	const events: ServerEvent[] = [];
	const changes = () =>
		events.filter(({ event }) => event === "plan" || event === "ticket");
	async function read(): Promise<void> {
		try {
			for await (const event of readEvents(
				response.body as ReadableStream<Uint8Array>,
			)) {
				events.push(event);
			}
		} catch {
			// The connection is gone: so is the stream.
		}
	}
	return {
		events,
		names: () =>
			changes().map(({ data }) => {
				const { ticket_id, plan_id } = JSON.parse(data);
				return String(ticket_id ?? plan_id);
			}),
		lastId: () => events.findLast(({ id }) => id !== undefined)?.id,
		async until(count) {
			await eventually(() => changes().length >= count);
		},
		ended: read(),
		close: () => leaving.abort(),
	};
}
