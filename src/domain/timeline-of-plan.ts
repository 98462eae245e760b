import type {
	CommandRecord,
	FormerRound,
	PlanStep,
	StepName,
} from "./documents.ts";
import { durationText } from "./duration-text.ts";
import { isStepOfBatches, isStepOfPlan, stepWords } from "./plan-steps.ts";
import { because, type PlacedEvent, type ToldPlan } from "./timeline-event.ts";

/** Events of the plan as a whole: its arrival, steps, commands and ends. */
export function eventsOfPlan(plan: ToldPlan): PlacedEvent[] {
	return [
		received(plan),
		...plan.steps.filter(isStepOfPlan).flatMap((step) => eventsOfStep(step, 0)),
		...approval(plan),
		...plan.commands.map(command),
		...roundsOf(plan).flatMap(eventsOfRound),
	];
}

function received(plan: ToldPlan): PlacedEvent {
	const { decision_id, final_decision, source, orchestrator_version } = plan;
	const from = source === null ? "by REST" : `from topic ${source.topic}`;
	return {
		id: "received",
		at: plan.created_at,
		kind: "plan.received",
		rank: "received",
		summary: `decision ${decision_id} (${final_decision}) came ${from}`,
		details: { decision_id, final_decision, source, orchestrator_version },
	};
}

/** Every round of the plan; the last one is in the document's own fields. */
function roundsOf(plan: ToldPlan): FormerRound[] {
	// Absent from documents of an earlier release, and from plans that never ran again.
	const former = plan.former_rounds ?? [];
	const steps = plan.steps.filter((step) => !isStepOfPlan(step));
	const round = (former.at(-1)?.round ?? -1) + 1;
	return [...former, { ...plan, round, steps }];
}

function eventsOfRound(given: FormerRound): PlacedEvent[] {
	const { round, status, steps, finished_at, error_message } = given;
	const { tickets_generated: all, tickets_completed } = given;
	const c5 = steps.find(({ name }) => name === "C5");
	const events = steps.flatMap((step) =>
		isStepOfBatches(step.name)
			? eventsOfBatches(step, round, c5?.started_at)
			: eventsOfStep(step, round),
	);
	if (finished_at !== null)
		events.push({
			id: round === 0 ? "finished" : `finished/${round}`,
			at: finished_at,
			kind: "plan.finished",
			rank: "finish",
			summary: `the plan ended as ${status}${all > 0 ? `, ${tickets_completed} of ${all} tickets completed` : ""}${status === "SUCCESS" ? "" : because(error_message)}`,
			details: { status, error_message, round },
		});
	return events;
}

function eventsOfStep(step: PlanStep, round: number): PlacedEvent[] {
	const { name, status, duration_ms } = step;
	const started = stepBegan(
		step,
		round,
		name as Exclude<StepName, "C3" | "C4">,
	);
	if (duration_ms === null) return [started];
	const ended: PlacedEvent = {
		...started,
		id: stepId(name, round, "ended"),
		at: step.started_at + duration_ms,
		kind: "step.ended",
		summary: `${name} ${status} after ${durationText(duration_ms)}`,
		details: { step: name, status, duration_ms, round },
	};
	return [started, ended];
}

/**
 * C3 and C4 are done for every batch of tickets, as they become ready or are tried again; they are over
 * when C5 begins.
 */
function eventsOfBatches(
	step: PlanStep,
	round: number,
	overAt: number | undefined,
): PlacedEvent[] {
	const { name, status, started_at, duration_ms, times } = step;
	const started = stepBegan(step, round, "dispatch");
	if (overAt === undefined || duration_ms === null) return [started];
	const ended: PlacedEvent = {
		...started,
		id: stepId(name, round, "ended"),
		at: overAt,
		kind: "step.ended",
		rank: "dispatched",
		summary:
			times === undefined
				? `${name} ${status}, for the last time ${durationText(duration_ms)} after it began`
				: `${name} ${status}: ${times === 1 ? "one batch" : `${times} batches`} of tickets in ${durationText(duration_ms)}`,
		details: { step: name, status, duration_ms, times, round },
	};
	// The clocks of Temporal and of the worker may differ by a little.
	ended.at = Math.max(ended.at, started_at);
	return [started, ended];
}

function stepBegan(
	{ name, started_at }: PlanStep,
	round: number,
	rank: PlacedEvent["rank"],
): PlacedEvent {
	return {
		id: stepId(name, round, "started"),
		at: started_at,
		kind: "step.started",
		rank,
		summary: `${name} began: ${stepWords[name]}`,
		details: { step: name, round },
	};
}

function stepId(name: StepName, round: number, what: string): string {
	return round === 0 ? `step/${name}/${what}` : `step/${name}/${round}/${what}`;
}

function approval({ approval }: ToldPlan): PlacedEvent[] {
	// Absent from documents of an earlier release.
	if (approval === null || approval === undefined) return [];
	const { requested_at, expires_at, last_reminder_at, reminders_sent } =
		approval;
	const reminded =
		approval.reminded_at ??
		(last_reminder_at === null ? [] : [last_reminder_at]);
	const first = reminders_sent - reminded.length + 1;
	return [
		{
			id: "approval/requested",
			at: requested_at,
			kind: "approval.requested",
			rank: "approval",
			summary: `a person is asked to approve the plan, until ${new Date(expires_at).toISOString()}`,
			details: { expires_at },
		},
		...reminded.map(
			(at, index): PlacedEvent => ({
				id: `approval/reminded/${first + index}`,
				at,
				kind: "approval.reminded",
				rank: "approval",
				summary: `reminder ${first + index} was sent`,
				details: { reminders_sent: first + index },
			}),
		),
	];
}

/** The effect of a command, as text after the actor's name. */
const commandWords: Record<string, (record: CommandRecord) => string> = {
	approve: () => "approved the plan",
	reject: () => "rejected the plan",
	cancel: ({ details }) =>
		`cancelled the plan${details.compensate === true ? ", and what it did is to be undone" : ""}`,
	pause: () => "paused the plan",
	resume: () => "resumed the plan",
	rerun: ({ details, outcome }) =>
		`had task ${details.task_id} run again, ${outcome}`,
	priority: ({ details }) => `set the plan's priority to ${details.priority}`,
};

function command(record: CommandRecord): PlacedEvent {
	const { id, at, actor, reason } = record;
	const what =
		commandWords[record.command]?.(record) ?? `asked to ${record.command}`;
	return {
		id: `command/${id}`,
		at,
		kind: "command",
		rank: "command",
		summary: `${actor} ${what}: ${reason}`,
		details: { ...record },
	};
}
