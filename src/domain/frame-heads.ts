import type { AuditHead } from "./audit-chain.ts";
import { isObject } from "./field-reader.ts";

/** A head of a plan's audit trail from a telemetry frame. */
export interface GivenHead extends AuditHead {
	plan_id: string;
}

/** The head that a telemetry frame names; undefined when the record has no head, or is no frame. */
export function headOfFrame(frame: unknown): GivenHead | undefined {
	if (!isObject(frame) || !isObject(frame.audit_head)) return undefined;
	const { plan_id } = frame;
	const { trail, sequence, hash } = frame.audit_head;
	const isHead =
		typeof plan_id === "string" &&
		plan_id !== "" &&
		isPlace(trail, 0, 999_999_999_999_999) &&
		isPlace(sequence, 1, 999_999_999) &&
		typeof hash === "string" &&
		/^[0-9a-f]{64}$/.test(hash);
	return isHead ? { plan_id, trail, sequence, hash } : undefined;
}

function isPlace(value: unknown, least: number, most: number): value is number {
	return (
		Number.isInteger(value) && Number(value) >= least && Number(value) <= most
	);
}
