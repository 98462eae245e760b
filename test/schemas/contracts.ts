import { readFileSync } from "node:fs";
import type { TSchema } from "typebox";
import { approvalRequestSchema } from "../../schemas/approval-request.ts";
import { approvalResponseSchema } from "../../schemas/approval-response.ts";
import { cognitivePlanSchema } from "../../schemas/cognitive-plan.ts";
import { consolidatedDecisionSchema } from "../../schemas/consolidated-decision.ts";
import { executionResultSchema } from "../../schemas/execution-result.ts";
import { executionTicketSchema } from "../../schemas/execution-ticket.ts";
import { orchestrationIncidentSchema } from "../../schemas/orchestration-incident.ts";
import { telemetryFrameSchema } from "../../schemas/telemetry-frame.ts";

/** Every contract: its file and the validator beside it. */
export const contracts: Record<string, TSchema> = {
	"consolidated-decision": consolidatedDecisionSchema,
	"cognitive-plan": cognitivePlanSchema,
	"execution-ticket": executionTicketSchema,
	"execution-result": executionResultSchema,
	"orchestration-incident": orchestrationIncidentSchema,
	"telemetry-frame": telemetryFrameSchema,
	"approval-request": approvalRequestSchema,
	"approval-response": approvalResponseSchema,
};

export type AvroType = string | AvroType[] | AvroNode;

export interface AvroNode {
	type: AvroType;
	name?: string;
	namespace?: string;
	fields?: { name: string; type: AvroType; default?: unknown }[];
	items?: AvroType;
	values?: AvroType;
	symbols?: string[];
	logicalType?: string;
}

export function readContract(name: string): AvroNode {
	const file = new URL(`../../schemas/${name}.avsc`, import.meta.url);
	return JSON.parse(readFileSync(file, "utf8")) as AvroNode;
}
