import {
	type DecisionRecord,
	type Evidence,
	type Finding,
	type PlannedPlan,
	placeName,
} from "../evidence.ts";

/** Every decision became exactly one plan or one record of it, every malformed message exactly one dead letter. */
export function checkDecisions(evidence: Evidence): Finding[] {
	const bySubject = Map.groupBy(evidence.decisions, ({ subject }) => subject);
	const letters = Map.groupBy(evidence.deadLetters, ({ source }) =>
		placeName(source),
	);
	const lettersOf = (records: readonly DecisionRecord[]) =>
		records.flatMap((record) => letters.get(placeName(record)) ?? []);
	const planned = evidence.plans.flatMap((plan) => {
		const records = bySubject.get(plan.planId) ?? [];
		return checkPlanned(
			evidence,
			plan,
			records.length,
			lettersOf(records).map(({ reason }) => reason),
		);
	});
	const strange = evidence.decisions.flatMap((record) => {
		if (record.kind === "plan") return [];
		return checkStrange(evidence, record, lettersOf([record]).length);
	});
	return [...planned, ...strange];
}

function checkPlanned(
	{ workflows }: Evidence,
	{ planId, decisionId, expected }: PlannedPlan,
	recordCount: number,
	letters: string[],
): Finding[] {
	const workflowId =
		expected === "recorded" ? `decision-${decisionId}` : `orch-${planId}`;
	const chains = workflows
		.filter((record) => record.workflowId === workflowId)
		.flatMap((record) => record.chains).length;
	const problems: Finding[] = [];
	if (recordCount === 0)
		problems.push(lost(planId, "its decision is not on the topic"));
	if (chains === 0) problems.push(lost(planId, `${workflowId} never ran`));
	if (chains > 1)
		problems.push(doubled(planId, `${workflowId} ran ${chains} times`));
	if (letters.length > 0)
		problems.push(doubled(planId, `also a dead letter: ${letters.join(", ")}`));
	return problems;
}

function checkStrange(
	{ store, terms }: Evidence,
	record: DecisionRecord,
	letterCount: number,
): Finding[] {
	const { subject, kind } = record;
	const place = placeName(record);
	const isTaken = store.taken.some((one) => placeName(one) === place);
	const started = isTaken ? 1 : 0;
	if (kind === "malformed" && started > 0)
		return [
			{ kind: "failure", subject, what: `${place} is malformed and started` },
		];
	if (started + letterCount === 0)
		return [lost(subject, `${place} is neither a plan nor a dead letter`)];
	const isRepeat = started === 0 && letterCount > 1 && terms.repeats;
	if (started + letterCount > 1 && !isRepeat)
		return [
			doubled(
				subject,
				`${place} became ${started} plans and ${letterCount} dead letters`,
			),
		];
	return [];
}

function lost(subject: string, what: string): Finding {
	return { kind: "lost", subject, what };
}

function doubled(subject: string, what: string): Finding {
	return { kind: "doubled", subject, what };
}
