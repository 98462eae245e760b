import { createHash } from "node:crypto";
import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { NotAllocated } from "../domain/scheduling/allocation.ts";
import {
	type CapacityWait,
	unfitOf,
} from "../domain/scheduling/capacity-wait.ts";
import type { WorkerView } from "../plans/worker-directory.ts";
import { type Placed, waitedMs } from "./place-chunk.ts";

export interface WaitRules {
	/** How long a ticket waits when nobody fits, when those that fit are held back, when all are full. */
	nobodyMs: number;
	pausedMs: number;
	fullMs: number;
	/** A ticket for which nobody fits fails after that; else everybody has turns. */
	thenReject: boolean;
}

export interface HoldBackContext {
	request: AllocationRequest;
	view: WorkerView;
	rules: WaitRules;
}

/** undefined: the ticket goes out. V1 never waits, nor does what undoes a plan's work. */
export function holdBack(
	{ request, view, rules }: HoldBackContext,
	{ ticket, placed }: { ticket: ExecutionTicket; placed?: Placed },
): NotAllocated | undefined {
	const { metadata, required_capabilities } = ticket;
	if (metadata.orchestrator_version !== "V2" || request.compensation)
		return undefined;
	const isType = isTypePaused(view, ticket);
	const reason = isType ? "paused" : reasonOf(placed);
	if (reason === undefined) return undefined;
	const limits = {
		nobody: rules.nobodyMs,
		paused: rules.pausedMs,
		full: rules.fullMs,
	};
	const waited = waitedMs(request, ticket);
	if (waited < limits[reason]) {
		const able = placed?.choice.candidates ?? 0;
		const wait: CapacityWait = {
			reason,
			capabilities: required_capabilities,
			able,
			full: reason === "full" ? able : 0,
			...(able === 0 &&
				placed &&
				!isType && { unfit: unfitOf(placed.choice.losses) }),
		};
		return { kind: "waiting", wait };
	}
	if (reason !== "nobody" || !rules.thenReject) return undefined;
	return { kind: "rejected", rejection: rejectionOf(ticket, waited) };
}

/** undefined: a worker was chosen, or nobody could choose. */
function reasonOf(
	placed: Placed | undefined,
): CapacityWait["reason"] | undefined {
	if (placed === undefined || placed.choice.chosen !== null) return undefined;
	const { candidates, losses } = placed.choice;
	if (candidates > 0) return "full";
	return (losses.paused ?? 0) > 0 ? "paused" : "nobody";
}

/** Of a type that comes back little by little, the same share of tickets goes out. */
function isTypePaused(
	{ paused_types }: WorkerView,
	{ task_type, ticket_id }: ExecutionTicket,
): boolean {
	const paused = paused_types?.[task_type];
	if (paused === undefined) return false;
	const [first = 0] = createHash("sha1").update(ticket_id).digest();
	return first / 256 >= paused.share;
}

function rejectionOf(
	{ required_capabilities, security_level, metadata }: ExecutionTicket,
	waited: number,
) {
	const needs = [
		`capabilities ${required_capabilities.join(", ") || "none"}`,
		`security level ${security_level}`,
		...(metadata.namespace === undefined
			? []
			: [`namespace ${metadata.namespace}`]),
	];
	return {
		rejected_at: Date.now(),
		rejected_by: "scheduler" as const,
		reason: `no worker fits (${needs.join("; ")}) within ${waited} ms; register one, or set SCHEDULER_WHEN_NOBODY_FITS=fallback`,
	};
}
