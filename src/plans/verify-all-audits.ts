import { type AuditHead, auditKey, isClosing } from "../domain/audit-chain.ts";
import { type AuditCheck, createAuditCheck } from "../domain/audit-check.ts";
import {
	type AuditFault,
	findLeftOver,
	type RunHead,
} from "../domain/audit-heads.ts";
import { hasCode } from "../errors.ts";
import type { AuditTrails, StoredHead } from "./audit-ports.ts";
import {
	type AuditVerdict,
	findForged,
	mustBeSigned,
	PAGE,
	pages,
	type VerifyAuditDeps,
	verifyPlan,
} from "./verify-audit.ts";

/** A head of a plan's trail that somebody noted outside the database. */
export interface NotedHead {
	plan_id: string;
	head: AuditHead;
}

/** Faults named in one answer. */
export const MAX_FAULTS = 1_000;
/**
 * Plans that look wrong at first and are checked again; the rest, if there are more, waits for the next
 * verification.
 */
const MAX_SUSPECTS = 5_000;

/**
 * Checks all trails, a page at a time, also of plans that only Temporal remembers. A plan that writes in the
 * meantime looks wrong between two pages, so every plan that seems wrong is checked again on its own.
 */
export async function verifyAll(deps: VerifyAuditDeps): Promise<AuditVerdict> {
	const suspects = createSuspects();
	const count = await checkRecords(deps.trails, suspects);
	const { plans, signatures } = await checkHeads(deps, suspects);
	const temporal = await checkRuns(deps, suspects);
	const faults = await lookAgain(deps, suspects);
	return {
		ok: faults.length === 0,
		plans,
		...count,
		witnesses: { temporal, given: 0, signatures },
		faults,
	};
}

/** Checks that each of these heads is stored; if one is not, its whole trail is checked. */
export async function verifyHeads(
	deps: VerifyAuditDeps,
	given: readonly NotedHead[],
): Promise<AuditVerdict> {
	const suspects = createSuspects();
	let records = 0;
	for (let at = 0; at < given.length; at += PAGE)
		records += await compareHeads(
			deps.trails,
			given.slice(at, at + PAGE),
			suspects,
		);
	const faults = await lookAgain(deps, suspects, given);
	return {
		ok: faults.length === 0,
		plans: new Set(given.map(({ plan_id }) => plan_id)).size,
		records,
		left_over: 0,
		purged: 0,
		witnesses: { temporal: 0, given: given.length, signatures: 0 },
		faults,
	};
}

function createSuspects(): Set<string> & { note(planId: string): void } {
	const suspects = new Set<string>();
	return Object.assign(suspects, {
		note(planId: string) {
			if (suspects.size < MAX_SUSPECTS) suspects.add(planId);
		},
	});
}
type Suspects = ReturnType<typeof createSuspects>;

async function lookAgain(
	deps: VerifyAuditDeps,
	suspects: Suspects,
	given: readonly NotedHead[] = [],
): Promise<AuditFault[]> {
	const heads = Map.groupBy(given, ({ plan_id }) => plan_id);
	const faults: AuditFault[] = [];
	for (const planId of suspects) {
		if (faults.length === MAX_FAULTS) break;
		const own = (heads.get(planId) ?? []).map(({ head }) => head);
		faults.push(...(await verifyPlan(deps, planId, own)).faults);
	}
	return faults;
}

/** Every record against the one before and the document of its plan. */
async function checkRecords(
	trails: AuditTrails,
	suspects: Suspects,
): Promise<Pick<AuditVerdict, "records" | "left_over" | "purged">> {
	const count = { records: 0, left_over: 0, purged: 0 };
	let current: { check: AuditCheck; planId: string } | undefined;
	const settle = () => {
		if (current?.check.end() !== undefined) suspects.note(current.planId);
	};
	for await (const page of pages(trails, undefined)) {
		const ids = [...new Set(page.map(({ _id }) => planIdOf(_id)))];
		const heads = headsByPlan(await trails.readHeads(ids));
		for (const record of page) {
			const planId = planIdOf(record._id);
			if (current?.planId !== planId) {
				settle();
				const check = createAuditCheck(planId, { plan: heads.get(planId) });
				current = { check, planId };
			}
			const counts = current.check.take(record);
			count[counts ? "records" : "left_over"] += 1;
			if (counts && isClosing(record)) count.purged += 1;
		}
	}
	settle();
	return count;
}

/** Every plan's document: its head is there, and signed where it must be. */
async function checkHeads(
	{ trails, verifier }: VerifyAuditDeps,
	suspects: Suspects,
): Promise<{ plans: number; signatures: number }> {
	const count = { plans: 0, signatures: 0 };
	let after: string | undefined;
	do {
		const { heads, next } = await trails.listHeads({ after, limit: PAGE });
		const known = heads.flatMap(({ plan_id, head }) => {
			if (head === null) suspects.note(plan_id);
			return head === null ? [] : [{ plan_id, head }];
		});
		count.plans += known.length;
		await compareHeads(trails, known, suspects);
		for (const plan of heads) {
			if (!mustBeSigned(plan, verifier)) continue;
			count.signatures += 1;
			if (await findForged(plan, verifier)) suspects.note(plan.plan_id);
		}
		after = next;
	} while (after !== undefined);
	return count;
}

/** Every run that Temporal keeps: what it says is stored, and the plan's document says the same. */
async function checkRuns(
	{ trails, runs }: VerifyAuditDeps,
	suspects: Suspects,
): Promise<number | null> {
	let count = 0;
	try {
		for await (const some of runs.listRunHeads()) {
			const known = some.flatMap(({ plan_id, run: { head } }) =>
				head === null ? [] : [{ plan_id, head }],
			);
			count += known.length;
			await compareHeads(trails, known, suspects);
			const stored = headsByPlan(
				await trails.readHeads(some.map(({ plan_id }) => plan_id)),
			);
			for (const { plan_id, run } of some)
				if (differs(stored.get(plan_id), run)) suspects.note(plan_id);
		}
		return count;
	} catch (error) {
		if (hasCode(error, "TEMPORAL_UNAVAILABLE")) return null;
		throw error;
	}
}

function differs(plan: StoredHead | undefined, run: RunHead): boolean {
	const stored = plan?.head?.hash;
	return run.state === "ended" && stored !== run.head?.hash;
}

/** Answers how many of the heads are there; the plans of the others, and of those beyond their plan's own head, are suspects. */
async function compareHeads(
	trails: AuditTrails,
	known: readonly NotedHead[],
	suspects: Suspects,
): Promise<number> {
	if (known.length === 0) return 0;
	const keyOf = ({ plan_id, head }: NotedHead) => auditKey(plan_id, head);
	const [hashes, heads] = await Promise.all([
		trails.findHashes(known.map(keyOf)),
		trails.readHeads([...new Set(known.map(({ plan_id }) => plan_id))]),
	]);
	const stored = headsByPlan(heads);
	let found = 0;
	for (const one of known) {
		const { plan_id, head } = one;
		const isThere = hashes.get(keyOf(one)) === head.hash;
		if (isThere) found += 1;
		const facts = { plan: stored.get(plan_id) };
		const isLeft = findLeftOver(plan_id, facts);
		// A record that its plan's document does not know of is in no trail that was checked.
		if (!isThere || !facts.plan || isLeft({ _id: keyOf(one), revision: "" }))
			suspects.note(plan_id);
	}
	return found;
}

function headsByPlan(heads: readonly StoredHead[]): Map<string, StoredHead> {
	return new Map(heads.map((head) => [head.plan_id, head]));
}

function planIdOf(key: string): string {
	const [prefix = ""] = key.split(":", 1);
	try {
		return decodeURIComponent(prefix);
	} catch {
		// A key that was tampered with names no plan: its records are checked under the name it has.
		return prefix;
	}
}
