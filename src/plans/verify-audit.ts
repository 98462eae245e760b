import { type AuditHead, isClosing } from "../domain/audit-chain.ts";
import { createAuditCheck } from "../domain/audit-check.ts";
import type { AuditFault, KeptRecord, RunHead } from "../domain/audit-heads.ts";
import { hasCode } from "../errors.ts";
import type {
	AuditRuns,
	AuditTrails,
	HeadVerifier,
	StoredHead,
} from "./audit-ports.ts";

/** The record that closes a trail whose plan was purged. */
export interface TrailPurge {
	/** Unix epoch, ms. */
	at: number;
	actor: string;
	reason: string;
	/** Of the last record before; null: there was none. */
	last_hash: string | null;
	/** Its number. */
	last_sequence: number;
}

export interface AuditVerdict {
	ok: boolean;
	/** Plans that have a trail. */
	plans: number;
	records: number;
	/** Records from workflow tasks that were retried and lost; they are ignored. */
	left_over: number;
	/** Trails that a purge has closed. */
	purged: number;
	/** The purges, in a check of one plan. */
	purges?: TrailPurge[];
	/** Independent sources that the trails were compared with: the number of heads from each. */
	witnesses: {
		/** null: Temporal could not be asked. */
		temporal: number | null;
		given: number;
		signatures: number;
	};
	/** The first fault of each plan that has one. */
	faults: AuditFault[];
}

export interface VerifyAuditDeps {
	trails: AuditTrails;
	runs: AuditRuns;
	/** undefined: heads are not signed here. */
	verifier?: HeadVerifier | undefined;
}

/** Hashing a page holds other requests up for some milliseconds. */
export const PAGE = 200;
/** A run that begins or ends meanwhile makes a sound trail look odd. */
const MAX_LOOKS = 3;

/** Checks one plan's trails against its document, its run, and whatever else is known of where they end. */
export async function verifyPlan(
	deps: VerifyAuditDeps,
	planId: string,
	given: readonly AuditHead[] = [],
): Promise<AuditVerdict> {
	// The run says that these records are stored, so they must be.
	let asked = await askRun(deps.runs, planId);
	for (let look = 1; ; look += 1) {
		const verdict = await verifyOnce(deps, planId, { ...asked, given });
		if (verdict.ok || look === MAX_LOOKS) return verdict;
		const before = JSON.stringify(asked.run);
		asked = await askRun(deps.runs, planId);
		if (JSON.stringify(asked.run) === before) return verdict;
	}
}

async function verifyOnce(
	{ trails, verifier }: VerifyAuditDeps,
	planId: string,
	{ run, isAway, given }: AskedRun & { given: readonly AuditHead[] },
): Promise<AuditVerdict> {
	const [plan] = await trails.readHeads([planId]);
	const check = createAuditCheck(planId, { plan, run, given });
	const count = { records: 0, left_over: 0 };
	const purges: TrailPurge[] = [];
	for await (const page of pages(trails, planId))
		for (const record of page) {
			const counts = check.take(record);
			count[counts ? "records" : "left_over"] += 1;
			if (counts && isClosing(record)) purges.push(toPurge(record));
		}
	const fault = check.end() ?? (await findForged(plan, verifier));
	const isKnown = plan !== undefined || count.records > 0;
	return {
		ok: fault === undefined,
		plans: isKnown ? 1 : 0,
		...count,
		purged: purges.length,
		...(purges.length > 0 && { purges }),
		witnesses: {
			temporal: isAway ? null : run?.head ? 1 : 0,
			given: given.length,
			signatures: plan && mustBeSigned(plan, verifier) ? 1 : 0,
		},
		faults: fault === undefined ? [] : [fault],
	};
}

function toPurge({ at, actor, reason, ...record }: KeptRecord): TrailPurge {
	return {
		at,
		actor,
		reason,
		last_hash: record.previous_hash,
		last_sequence: record.sequence - 1,
	};
}

interface AskedRun {
	run: RunHead | undefined;
	isAway: boolean;
}

async function askRun(runs: AuditRuns, planId: string): Promise<AskedRun> {
	try {
		return { run: await runs.readRunHead(planId), isAway: false };
	} catch (error) {
		// Without Temporal there is one source less; the stored records can still be checked.
		if (hasCode(error, "TEMPORAL_UNAVAILABLE"))
			return { run: undefined, isAway: true };
		throw error;
	}
}

/** Whether the plan's document must carry a signature. */
export function mustBeSigned(
	{ head, signature }: StoredHead,
	verifier: HeadVerifier | undefined,
): boolean {
	if (verifier === undefined || head === null) return false;
	return signature !== null || head.trail >= verifier.signedSinceMs;
}

/** What is wrong with the signature of a plan's document. */
export async function findForged(
	plan: StoredHead | undefined,
	verifier: HeadVerifier | undefined,
): Promise<AuditFault | undefined> {
	if (plan?.head == null || verifier === undefined) return undefined;
	if (!mustBeSigned(plan, verifier)) return undefined;
	const { plan_id, head, signature } = plan;
	const isGenuine =
		signature !== null && (await verifier.isGenuine(plan_id, head, signature));
	if (isGenuine) return undefined;
	const { sequence } = head;
	const detail = `the plan's document carries ${signature === null ? "no signature" : "another signature than the service would make"} of where the trail ends`;
	return { plan_id, sequence, kind: "signature", detail };
}

/** Records by their keys, of one plan or of all, a page at a time. */
export async function* pages(
	stored: AuditTrails,
	planId: string | undefined,
): AsyncGenerator<KeptRecord[]> {
	let after: string | undefined;
	do {
		const page = await stored.readRecords({
			...(planId === undefined ? {} : { planId }),
			after,
			limit: PAGE,
		});
		if (page.length > 0) yield page;
		after = page.length < PAGE ? undefined : page.at(-1)?._id;
	} while (after !== undefined);
}
