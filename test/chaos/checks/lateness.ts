import type { Evidence, Finding } from "../evidence.ts";

/** No plan took longer than the terms allow beyond what plans took before the fault. */
export function checkLateness(evidence: Evidence): Finding[] {
	const { terms, plans, decisions, workflows, struckAtMs } = evidence;
	const { maxLateMs } = terms;
	if (maxLateMs === undefined) return [];
	const closedAt = new Map(
		workflows.map(({ workflowId, closedAtMs }) => [workflowId, closedAtMs]),
	);
	const sentAt = new Map<string, number>();
	for (const { subject, atMs } of decisions)
		sentAt.set(subject, Math.min(atMs, sentAt.get(subject) ?? Infinity));
	const lives = plans.flatMap(({ planId, heldUntilMs, unhurried }) => {
		if (unhurried) return [];
		const from = heldUntilMs ?? sentAt.get(planId);
		const to = closedAt.get(`orch-${planId}`);
		// That it never ended, or never ran, is said elsewhere.
		return from === undefined || to == null ? [] : [{ planId, from, to }];
	});
	const ordinaryMs = lives
		.filter(({ to }) => to <= struckAtMs)
		.reduce((most, { from, to }) => Math.max(most, to - from), 0);
	return lives.flatMap(({ planId, from, to }): Finding[] => {
		const lateMs = to - from - ordinaryMs;
		if (lateMs <= maxLateMs) return [];
		const seconds = (ms: number) => (ms / 1000).toFixed(1);
		const what = `it took ${seconds(to - from)} s, and ${seconds(ordinaryMs)} s were usual before`;
		return [{ kind: "late", subject: planId, what }];
	});
}
