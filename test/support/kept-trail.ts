import assert from "node:assert/strict";
import type { AuditHead } from "../../src/domain/audit-chain.ts";
import { createAuditCheck } from "../../src/domain/audit-check.ts";
import type { KeptRecord } from "../../src/domain/audit-heads.ts";
import type { World } from "./plan-world.ts";

/** What stands in the trail of a plan, in order. */
export function recordsOf({ documents }: World, planId: string): KeptRecord[] {
	return [...documents]
		.filter(([key]) => key.startsWith(`audit_trail/${planId}:`))
		.map(
			([key, record]) =>
				({ ...record, _id: key.slice(12) }) as unknown as KeptRecord,
		)
		.toSorted((a, b) => (a._id < b._id ? -1 : 1));
}

/** Checks the trail as `audit verify` does; answers the actions of its records. */
export function verify(
	world: World,
	planId: string,
	heads: readonly AuditHead[] = [],
): string[] {
	const document = world.document("workflows", `orch-${planId}`);
	const head = document.audit_head as AuditHead;
	const revision = String(document.revision);
	const check = createAuditCheck(planId, {
		plan: { head, revision },
		given: heads,
	});
	const records = recordsOf(world, planId).filter((record) =>
		check.take(record),
	);
	assert.equal(check.end(), undefined);
	return records.map(({ action }) => action);
}
