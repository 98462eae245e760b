/** Where a replay leaves the recorded history. */
export interface Nondeterminism {
	/** The event at which it was noticed; null when the SDK does not say. */
	event_id: number | null;
	/** What the history has there: `ActivityTaskScheduled publishTickets`. */
	recorded: string | null;
	/** What today's code does instead: `Timer`, or nothing. */
	code: string | null;
	/** The SDK's own words. */
	message: string;
}

/** What is needed of an event of a history. */
export interface RecordedEvent {
	eventId?: { toString(): string } | number | null;
	activityTaskScheduledEventAttributes?: {
		activityType?: { name?: string | null } | null;
	} | null;
	startChildWorkflowExecutionInitiatedEventAttributes?: {
		workflowType?: { name?: string | null } | null;
	} | null;
	markerRecordedEventAttributes?: { markerName?: string | null } | null;
	timerStartedEventAttributes?: { timerId?: string | null } | null;
}

/** Reads what the SDK says of a replay that failed; it says it in a sentence only. */
export function readNondeterminism(
	text: string,
	events: readonly RecordedEvent[],
): Nondeterminism {
	const [, quoted] = /message: "((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
	const message = (quoted ?? text).replace(/\\"/g, '"');
	const [, id, type] = /HistoryEvent\(id: (\d+), (\w+)\)/.exec(message) ?? [];
	const [, machine] = /(\w+) machine does not handle/.exec(message) ?? [];
	const isNothing = /No command scheduled/i.test(message);
	const event = events.find(({ eventId }) => id && String(eventId) === id);
	return {
		event_id: id === undefined ? null : Number(id),
		recorded: type === undefined ? null : nameEvent(type, event),
		code: isNothing ? "nothing" : (machine ?? null),
		message,
	};
}

function nameEvent(type: string, event: RecordedEvent | undefined): string {
	const name =
		event?.activityTaskScheduledEventAttributes?.activityType?.name ??
		event?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType
			?.name ??
		event?.markerRecordedEventAttributes?.markerName ??
		event?.timerStartedEventAttributes?.timerId;
	return name ? `${type} ${name}` : type;
}
