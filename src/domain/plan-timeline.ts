import {
	inOrder,
	type PlanHistory,
	type TimelineEvent,
} from "./timeline-event.ts";
import { eventsOfPlan } from "./timeline-of-plan.ts";
import { eventsOfTickets } from "./timeline-of-tickets.ts";

/**
 * Everything that happened to a plan, when it happened, oldest first: what came later changes nothing
 * of what is told of before. What is of the same moment stands in its natural order.
 */
export function tellTimeline(history: PlanHistory): TimelineEvent[] {
	return inOrder([...eventsOfPlan(history.plan), ...eventsOfTickets(history)]);
}

/** The events after a moment's event; it may have been the last one of its moment that was known. */
export function eventsAfter(
	events: readonly TimelineEvent[],
	{ at, id }: Pick<TimelineEvent, "at" | "id">,
): TimelineEvent[] {
	const place = events.findIndex((event) => event.id === id);
	return place === -1
		? events.filter((event) => event.at > at)
		: events.slice(place + 1);
}
