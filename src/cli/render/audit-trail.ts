import type { AuditRecord } from "../../domain/audit-chain.ts";
import { describeVia, readVia } from "../../domain/origin.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";
import { renderTime } from "./time.ts";

/** A plan's audit trail as the API answers it. */
export interface AuditPage {
	records: AuditRecord[];
	next_cursor: string | null;
	audit_head: unknown;
}

/** Each record: when, what, by whom, how it came, and why. */
export function renderAuditTrail(
	{ records }: AuditPage,
	{ paint, width }: Frame,
): string[] {
	if (records.length === 0) return ["nothing is recorded yet"];
	return records.flatMap((record) => {
		const [head = "", ...more] = wrap(describe(record), width - 22);
		return [
			`${paint("dim", renderTime(record.at))}  ${head}`,
			...more.map((line) => " ".repeat(22) + line),
		];
	});
}

function describe({ actor, action, reason, details }: AuditRecord): string {
	const { submitted_by, authenticated } = details;
	const via = readVia(details.via);
	const who = typeof submitted_by === "string" ? submitted_by : actor;
	const how = via === undefined ? "" : `, through ${describeVia(via)}`;
	const known =
		via === undefined || authenticated === true ? "" : " (not authenticated)";
	return `${action} by ${who}${how}${known}: ${reason}`;
}
