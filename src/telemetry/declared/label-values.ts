import { riskBands } from "../../../schemas/cognitive-plan.ts";
import { taskTypes as ticketTypes } from "../../../schemas/execution-ticket.ts";
import { finalPlanStatuses } from "../../domain/plan-run.ts";

/** Label values that several areas share. */
export const versions = ["V1", "V2"] as const;
/** `unknown`: the plan could not be read. */
export const bands = [...riskBands, "unknown"] as const;
export const taskTypes = ticketTypes;
export const endStatuses = finalPlanStatuses;
export const truths = ["true", "false"] as const;
