import {
	inOrder,
	type PlanHistory,
	type TimelineEvent,
} from "./timeline-event.ts";
import { eventsOfPlan } from "./timeline-of-plan.ts";
import { eventsOfTickets } from "./timeline-of-tickets.ts";

/**
 * All events of a plan, oldest first; later events never change earlier ones. Events of the same moment are
 * in their natural order.
 */
export function tellTimeline(history: PlanHistory): TimelineEvent[] {
	return inOrder([...eventsOfPlan(history.plan), ...eventsOfTickets(history)]);
}

/** The events after the given one, which may have been the last known of its moment. */
export function eventsAfter(
	events: readonly TimelineEvent[],
	{ at, id }: Pick<TimelineEvent, "at" | "id">,
): TimelineEvent[] {
	const place = events.findIndex((event) => event.id === id);
	return place === -1
		? events.filter((event) => event.at > at)
		: events.slice(place + 1);
}
