import type { SlaAlert } from "../schemas/sla-alert.ts";
import type { FinalPlanStatus } from "../src/domain/plan-run.ts";

/** What was seen of one plan on the topics, from outside the service. */
export interface Evidence {
	/** Kafka's own clock; null: not seen. */
	firstDecisionAtMs: number | null;
	firstTicketAtMs: number | null;
	frameAtMs: number | null;
	/** Records on `execution.tickets`. */
	records: number;
	/** Distinct wire ids among them. */
	attempts: number;
	/** Distinct logical ids among them. */
	tickets: number;
	/** Records on `telemetry.orchestration`. */
	frames: number;
	/** The first alert about each subject. */
	alerts: AlertSeen[];
}

/** An alert about a deadline, of the plan or of one of its tickets. */
export type AlertSeen = Pick<SlaAlert, "alert_id" | "ticket_id" | "context"> & {
	/** Kafka's own clock. */
	atMs: number;
};

/** Collects what is seen record by record. */
export interface EvidenceByPlan {
	decision(planId: string, atMs: number): void;
	ticket(body: unknown, atMs: number): void;
	frame(body: unknown, atMs: number): void;
	alert(body: unknown, atMs: number): void;
	of(planId: string): Evidence;
}

/** Nothing is seen yet. */
export function createEvidenceByPlan(): EvidenceByPlan {
	const byPlan = new Map<string, Seen>();
	const seenOf = (planId: string): Seen => {
		const seen = byPlan.get(planId) ?? nothingSeen();
		byPlan.set(planId, seen);
		return seen;
	};
	return {
		decision(planId, atMs) {
			seenOf(planId).firstDecisionAtMs ??= atMs;
		},
		ticket(body, atMs) {
			const { plan_id, ticket_id, metadata } = body as {
				plan_id: string;
				ticket_id: string;
				metadata?: Record<string, string>;
			};
			const seen = seenOf(plan_id);
			seen.firstTicketAtMs ??= atMs;
			seen.records += 1;
			seen.wireIds.add(ticket_id);
			seen.logicalIds.add(metadata?.logical_ticket_id ?? ticket_id);
		},
		frame(body, atMs) {
			const seen = seenOf((body as { plan_id: string }).plan_id);
			seen.frameAtMs ??= atMs;
			seen.frames += 1;
		},
		alert(body, atMs) {
			const { plan_id, alert_id, ticket_id, context, event_type } =
				body as SlaAlert;
			const { alerts } = seenOf(plan_id ?? "");
			const isKnown = alerts.some((one) => one.alert_id === alert_id);
			if (event_type === "ALERT" && !isKnown)
				alerts.push({ alert_id, ticket_id, context, atMs });
		},
		of(planId) {
			const { wireIds, logicalIds, ...seen } =
				byPlan.get(planId) ?? nothingSeen();
			return { ...seen, attempts: wireIds.size, tickets: logicalIds.size };
		},
	};
}

type Seen = Omit<Evidence, "attempts" | "tickets"> & {
	wireIds: Set<string>;
	logicalIds: Set<string>;
};

function nothingSeen(): Seen {
	return {
		firstDecisionAtMs: null,
		firstTicketAtMs: null,
		frameAtMs: null,
		records: 0,
		frames: 0,
		alerts: [],
		wireIds: new Set(),
		logicalIds: new Set(),
	};
}

/** Final statuses of plans whose tickets went out: each ends with a telemetry frame. */
const executedStatuses: readonly FinalPlanStatus[] = [
	"SUCCESS",
	"PARTIAL",
	"FAILED",
	"CANCELLED",
];

/** Whether a plan with this end must have a telemetry frame. */
export function isExecuted(status: FinalPlanStatus): boolean {
	return executedStatuses.includes(status);
}
