import {
	type Evidence,
	type Finding,
	type PlannedPlan,
	placeName,
	type ResultRecord,
} from "../evidence.ts";

/**
 * Every result arrived in its plan: it ended its attempt, or the plan says why it had no effect, or it
 * is a dead letter because the plan had ended. And nobody worked on a ticket twice without a reason.
 */
export function checkResults(evidence: Evidence): Finding[] {
	const finals = evidence.results.filter(({ status }) => status !== "RUNNING");
	const traces = findTraces(evidence);
	const cut = cutPlans(evidence);
	const plansOfAttempts = new Map(
		evidence.tickets.map(({ wireId, planId }) => [wireId, planId]),
	);
	const overruled = findOverruled(evidence, finals);
	const told = new Set(
		finals.filter((one) => traces.has(placeName(one))).map(saying),
	);
	const vanished = finals.filter((result) => {
		if (traces.has(placeName(result)) || overruled.has(result)) return false;
		// The same again after the end of its plan is a duplicate, of which only a metric tells.
		if (told.has(saying(result))) return false;
		return !cut.has(plansOfAttempts.get(result.wireId) ?? "");
	});
	return [
		...vanished.map(
			(result): Finding => ({
				kind: "lost",
				subject: result.wireId,
				what: `${result.status} at ${placeName(result)} left no trace in plan ${plansOfAttempts.get(result.wireId)}`,
			}),
		),
		...checkMisplaced(evidence),
		...checkExecutions(evidence, finals),
	];
}

const saying = ({ wireId, status }: ResultRecord) => `${wireId} ${status}`;

/** The places of all results that somebody accounts for. */
function findTraces({ store, deadLetters }: Evidence): Set<string> {
	const ends = store.attempts.flatMap(
		({ result_source }) => result_source ?? [],
	);
	const strays = store.plans.flatMap(({ stray_results }) =>
		stray_results.flatMap(({ source }) => source ?? []),
	);
	const letters = deadLetters.map(({ source }) => source);
	return new Set([...ends, ...strays, ...letters].map(placeName));
}

/** The first FAILED of an attempt that COMPLETED all the same: the attempt names the result that stands. */
function findOverruled(
	{ store }: Evidence,
	finals: readonly ResultRecord[],
): Set<ResultRecord> {
	const completed = new Set(
		store.attempts
			.filter(({ outcome }) => outcome === "completed")
			.map(({ ticket_id }) => ticket_id),
	);
	const failures = finals.filter(
		({ wireId, status }) => status === "FAILED" && completed.has(wireId),
	);
	return new Set(
		[...Map.groupBy(failures, ({ wireId }) => wireId).values()].flatMap(
			([first]) => first ?? [],
		),
	);
}

/** A plan names its newest 100 strays only. */
const NAMED_STRAYS = 100;

function cutPlans({ store }: Evidence): Set<string> {
	return new Set(
		store.plans
			.filter(({ stray_results }) => stray_results.length >= NAMED_STRAYS)
			.map(({ plan_id }) => plan_id),
	);
}

/** A result of a ticket that was published must never be unknown to its plan, nor be given up. */
function checkMisplaced({ store, deadLetters, hostile }: Evidence): Finding[] {
	const unknown = store.plans.flatMap(({ plan_id, stray_results }) =>
		stray_results
			.filter(
				({ kind, source }) =>
					kind === "unknown" &&
					!(source !== null && hostile?.places.has(placeName(source))),
			)
			.map(
				({ ticket_id, status }): Finding => ({
					kind: "lost",
					subject: plan_id,
					what: `${status} of ${ticket_id} was unknown to its plan`,
				}),
			),
	);
	const givenUp = deadLetters
		.filter(
			({ topic, reason }) =>
				topic === "execution.results.dlq" && reason !== "LATE",
		)
		.map(
			({ reason, source }): Finding => ({
				kind: "lost",
				subject: placeName(source),
				what: `a result became a dead letter: ${reason}`,
			}),
		);
	return [...unknown, ...givenUp];
}

function checkExecutions(
	evidence: Evidence,
	finals: readonly ResultRecord[],
): Finding[] {
	if (evidence.terms.reexecution) return [];
	const unruly = findUnruly(evidence.plans);
	const tickets = new Map(evidence.tickets.map((one) => [one.wireId, one]));
	const byWire = Map.groupBy(finals, ({ wireId }) => wireId);
	return [...byWire].flatMap(([wireId, own]): Finding[] => {
		const ticket = tickets.get(wireId);
		if (own.length === 1 || ticket === undefined) return [];
		if (unruly.has(`${ticket.planId}/${ticket.taskId}`)) return [];
		const what = `attempt ${ticket.attempt} of task ${ticket.taskId} in ${ticket.planId} was answered ${own.length} times`;
		return [{ kind: "doubled", subject: wireId, what }];
	});
}

function findUnruly(plans: readonly PlannedPlan[]): Set<string> {
	return new Set(
		plans.flatMap(({ planId, tasks }) =>
			tasks
				.filter(({ told }) => told === "unruly")
				.map(({ task_id }) => `${planId}/${task_id}`),
		),
	);
}
