import type {
	Evidence,
	Finding,
	PlannedPlan,
	WorkflowRecord,
} from "../evidence.ts";

/** Every plan left the whole audit trail: each document of each collection, its frame, its incident. */
export function checkAudit(evidence: Evidence): Finding[] {
	return evidence.plans.flatMap((plan) => {
		const record = evidence.workflows.find(
			({ workflowId }) => workflowId === `orch-${plan.planId}`,
		);
		return [
			...checkKeptDocuments(evidence, plan),
			...(plan.expected === "run" && record !== undefined
				? [
						...checkAttempts(evidence, plan),
						...checkNotices(evidence, plan, record),
					]
				: []),
		];
	});
}

function checkKeptDocuments(
	{ store }: Evidence,
	{ planId, decisionId, expected }: PlannedPlan,
): Finding[] {
	const runs = expected === "run" ? 1 : 0;
	const validated = expected === "recorded" ? 0 : 1;
	return [
		...checkCount(planId, "decisions", store.decisions, decisionId, 1),
		...checkCount(
			planId,
			"validation_audit",
			store.validations,
			planId,
			validated,
		),
		...checkCount(planId, "workflow_results", store.results, planId, runs),
		...checkCount(planId, "telemetry_buffer", store.bufferedFrames, planId, 0),
	];
}

function checkCount(
	subject: string,
	collection: string,
	keys: readonly string[],
	key: string,
	wanted: number,
): Finding[] {
	const count = keys.filter((one) => one === key).length;
	if (count === wanted) return [];
	const what = `${count} documents in ${collection}, expected ${wanted}`;
	return [{ kind: "audit", subject, what }];
}

/** One attempt document a wire id on the topic, none without. */
function checkAttempts(
	{ store, tickets }: Evidence,
	{ planId }: PlannedPlan,
): Finding[] {
	const published = new Set(
		tickets.filter((one) => one.planId === planId).map(({ wireId }) => wireId),
	);
	const documented = new Set(
		store.attempts
			.filter(({ plan_id }) => plan_id === planId)
			.map(({ ticket_id }) => ticket_id),
	);
	const finding = (what: string): Finding => ({
		kind: "audit",
		subject: planId,
		what,
	});
	return [
		...[...published]
			.filter((id) => !documented.has(id))
			.map((id) => finding(`attempt ${id} is not in ticket_attempts`)),
		...[...documented]
			.filter((id) => !published.has(id))
			.map((id) =>
				finding(`attempt ${id} is in ticket_attempts and not on the topic`),
			),
	];
}

function checkNotices(
	{ frames, incidents }: Evidence,
	{ planId }: PlannedPlan,
	{ plan }: WorkflowRecord,
): Finding[] {
	const ownFrames = frames.filter((one) => one.planId === planId);
	const ids = new Set(ownFrames.map(({ id }) => id)).size;
	const findings: Finding[] = [];
	if (ids === 0)
		findings.push({
			kind: "lost",
			subject: planId,
			what: "no telemetry frame on its topic",
		});
	// The same frame again is counted: C6 is at-least-once, its readers drop doubles by the frame's id.
	if (ids > 1)
		findings.push({
			kind: "doubled",
			subject: planId,
			what: `${ownFrames.length} telemetry frames with ${ids} ids`,
		});
	const isUnwell = plan?.status === "FAILED" || plan?.status === "PARTIAL";
	const told = new Set(
		incidents.filter((one) => one.planId === planId).map(({ id }) => id),
	).size;
	if (isUnwell && told === 0)
		findings.push({
			kind: "lost",
			subject: planId,
			what: `it is ${plan?.status} and no incident says so`,
		});
	if (!isUnwell && told > 0)
		findings.push({
			kind: "doubled",
			subject: planId,
			what: `it is ${plan?.status} and has ${told} incidents`,
		});
	return findings;
}
