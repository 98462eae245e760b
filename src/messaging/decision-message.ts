import type { OutgoingRecord } from "../plans/records.ts";
import { fromText } from "./outgoing-message.ts";

/**
 * A record on `plans.consensus` with the key and the headers that the consensus engine gives it
 * (contracts.md, "Decisions on plans.consensus"). `text` is sent unchanged, so that no number loses digits.
 */
export function toDecisionMessage(
	topic: string,
	record: object,
	text: string = JSON.stringify(record),
): OutgoingRecord {
	const fields = record as Record<string, unknown>;
	const headers = headerFields.flatMap((field) => {
		const value = fields[field];
		return typeof value === "string" ? [[field.replace("_", "-"), value]] : [];
	});
	return fromText({
		topic,
		key: String(fields.plan_id),
		value: Buffer.from(text),
		headers: Object.fromEntries(headers),
	});
}

const headerFields = [
	"decision_id",
	"plan_id",
	"intent_id",
	"correlation_id",
	"final_decision",
];
