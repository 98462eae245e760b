/** The first difference between a replay and the recorded history. */
export interface Nondeterminism {
	/** The id of the event at the difference; null when the SDK does not name it. */
	event_id: number | null;
	/** The event in the history: `ActivityTaskScheduled publishTickets`. */
	recorded: string | null;
	/** The action of today's code instead: `Timer`, or nothing. */
	code: string | null;
	/** The SDK's own words. */
	message: string;
}

/** The fields of a history event that are read here. */
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

/** Reads the SDK's error of a failed replay, which is only a sentence. */
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
