import { type AuditHead, auditKey } from "../domain/audit-chain.ts";
import {
	type AuditCheck,
	type AuditFault,
	createAuditCheck,
	type KeptRecord,
} from "../domain/audit-check.ts";
import type { AuditTrails } from "./audit-sources.ts";

export interface AuditVerdict {
	ok: boolean;
	plans: number;
	records: number;
	/** The first fault of each plan that has one, at most `MAX_FAULTS`. */
	faults: AuditFault[];
}

export const MAX_FAULTS = 1_000;
/** Hashing a page holds other requests up for some milliseconds. */
const PAGE = 200;

/** Checks one plan's trail against its document and whatever else is known of where it ends. */
export async function verifyPlan(
	stored: AuditTrails,
	planId: string,
	heads: readonly AuditHead[] = [],
): Promise<AuditVerdict> {
	const [plan] = await stored.readHeads([planId]);
	const check = createAuditCheck(planId, plan, heads);
	let records = 0;
	for await (const record of walk(stored, planId))
		if (check.take(record)) records += 1;
	const fault = check.end();
	return {
		ok: fault === undefined,
		plans: plan === undefined && records === 0 ? 0 : 1,
		records,
		faults: fault === undefined ? [] : [fault],
	};
}

/**
 * Checks all trails, a page at a time. A plan that writes meanwhile looks odd between two pages, so
 * whatever seems to be wrong with a plan is looked at again on its own.
 */
export async function verifyAll(stored: AuditTrails): Promise<AuditVerdict> {
	const suspects = new Set<string>();
	const records = await checkRecords(stored, (planId) => suspects.add(planId));
	const plans = await checkHeads(stored, (planId) => suspects.add(planId));
	const faults: AuditFault[] = [];
	for (const planId of suspects) {
		if (faults.length === MAX_FAULTS) break;
		faults.push(...(await verifyPlan(stored, planId)).faults);
	}
	return { ok: faults.length === 0, plans, records, faults };
}

/** Answers how many records there are. */
async function checkRecords(
	stored: AuditTrails,
	suspect: (planId: string) => void,
): Promise<number> {
	let count = 0;
	let current: { check: AuditCheck; planId: string } | undefined;
	const settle = () => {
		if (current?.check.fault() !== undefined) suspect(current.planId);
	};
	for await (const page of pages(stored, undefined)) {
		const ids = [...new Set(page.map(({ _id }) => planIdOf(_id)))];
		const heads = new Map(
			(await stored.readHeads(ids)).map((head) => [head.plan_id, head]),
		);
		for (const record of page) {
			const planId = planIdOf(record._id);
			if (current?.planId !== planId) {
				settle();
				const check = createAuditCheck(planId, heads.get(planId));
				current = { check, planId };
			}
			if (current.check.take(record)) count += 1;
		}
	}
	settle();
	return count;
}

/** Answers how many plans have a trail; one whose last record is not there was cut off. */
async function checkHeads(
	stored: AuditTrails,
	suspect: (planId: string) => void,
): Promise<number> {
	let count = 0;
	let after: string | undefined;
	do {
		const { heads, next } = await stored.listHeads({ after, limit: PAGE });
		const keys = heads.flatMap(({ plan_id, head }) =>
			head === null ? [] : [{ plan_id, key: auditKey(plan_id, head) }],
		);
		count += keys.length;
		const found = await stored.findRecords(keys.map(({ key }) => key));
		for (const { plan_id, key } of keys) if (!found.has(key)) suspect(plan_id);
		after = next;
	} while (after !== undefined);
	return count;
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

async function* walk(
	stored: AuditTrails,
	planId: string,
): AsyncGenerator<KeptRecord> {
	for await (const page of pages(stored, planId)) yield* page;
}

async function* pages(
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
