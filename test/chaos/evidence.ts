import type {
	AttemptDocument,
	PlanDocument,
	StrayResult,
	TicketDocument,
} from "../../src/domain/documents.ts";
import type { HostileRecord } from "../hostile/attacker.ts";

/** What a fault may show in the evidence without anything being wrong. */
export interface FaultTerms {
	/** A producer died or lost its broker, so a record may be on a topic twice; it must have one effect. */
	repeats: boolean;
	/** Agents died or messages came twice, so a ticket may have been worked on twice. */
	reexecution: boolean;
	/** How much longer a plan may take than plans took before the fault; absent: as long as it likes. */
	maxLateMs?: number;
	/** `tight`: heaps come back to within a tenth, and no process ever was above a gigabyte. */
	memory?: "tight";
	/** Somebody else sends decisions too, about plans of any name. */
	foreignPlans?: boolean;
}

/** What a task's author told the agents to do with it. */
export type Told = "complete" | "retry" | "fail" | "unruly";

export interface PlannedTask {
	task_id: string;
	dependencies: readonly string[];
	told: Told;
}

/** A decision as it was sent, and what must become of it. */
export interface PlannedPlan {
	/** It is so large that it may take its time. */
	unhurried?: true;
	planId: string;
	decisionId: string;
	/** `run`: executed; `invalid`: a plan with status INVALID; `recorded`: a reject, kept and never run. */
	expected: "run" | "invalid" | "recorded";
	version: "V1" | "V2";
	shape: string;
	tasks: readonly PlannedTask[];
	/** When somebody let it run; absent: its decision did. */
	heldUntilMs?: number;
}

export interface Place {
	topic: string;
	partition: number;
	offset: string;
}

/** One record of `plans.consensus`. */
export interface DecisionRecord extends Place {
	/** The plan it is about; of a malformed message its own name. */
	subject: string;
	/** `mutant`: a decision with one fault in it, which may be read with leniency or not. */
	kind: "plan" | "malformed" | "mutant";
	atMs: number;
}

export interface DeadLetter {
	topic: string;
	reason: string;
	source: Place;
}

/** One record of `execution.tickets`. */
export interface TicketRecord extends Place {
	wireId: string;
	logicalId: string;
	attempt: number;
	planId: string;
	taskId: string;
	/** Logical id of the ticket that is undone; null for the plan's own tickets. */
	compensates: string | null;
	atMs: number;
}

/** One record of `execution.results` or `execution.tickets.dlq`. */
export interface ResultRecord extends Place {
	wireId: string;
	status: "RUNNING" | "COMPLETED" | "FAILED";
	atMs: number;
}

/** A telemetry frame, or an incident of how a plan ended. */
export interface Notice {
	id: string;
	planId: string;
	atMs: number;
}

/** What Temporal knows of one workflow id: its chains of runs and what its newest run answers. */
export interface WorkflowRecord {
	workflowId: string;
	/** First run id of every chain. */
	chains: readonly string[];
	/** Of the newest run: COMPLETED, FAILED, RUNNING ... */
	closedAs: string;
	closedAtMs: number | null;
	plan: PlanDocument | null;
	tickets: readonly TicketDocument[];
	/** Why it could not be asked. */
	problem: string | null;
}

export type PlanView = Pick<
	PlanDocument,
	"status" | "tickets_generated" | "tickets_completed" | "tickets_failed"
>;

/** What REST answers; null: it knows no such plan. */
export interface RestBook {
	plan: PlanView | null;
	tickets: readonly Pick<TicketDocument, "ticket_id" | "status" | "outcome">[];
}

/** What MongoDB has; of the audit collections the keys that tell to which plan they belong. */
export interface StoreBook {
	plans: readonly PlanDocument[];
	tickets: readonly TicketDocument[];
	attempts: readonly AttemptDocument[];
	/** `plan_id` of each document. */
	validations: readonly string[];
	results: readonly string[];
	/** `decision_id` of each document. */
	decisions: readonly string[];
	/** Where the decisions lay that were taken up: plans that share an id have one document, of the newest. */
	taken: readonly Place[];
	/** `plan_id` of each frame that still waits. */
	bufferedFrames: readonly string[];
}

export interface Vitals {
	heapMb: number;
	rssMb: number;
	/** The most it ever was. */
	peakRssMb: number;
	/** Open files and sockets. */
	descriptors: number;
	/** What keeps the event loop busy, by kind. */
	resources: Readonly<Record<string, number>>;
}

export interface VitalsPair {
	process: string;
	before: Vitals;
	after: Vitals;
}

/** What was written to do harm, and what is to be seen of it. Places by `placeName`. */
export interface HostileBook {
	records: readonly HostileRecord[];
	/** Where they lie, and where they say that they come from. */
	places: ReadonlySet<string>;
	/** Where a dead letter, a plan, a decision, an answer or a stray names it. */
	traces: ReadonlySet<string>;
	/** What ended an attempt of a ticket. */
	believed: ReadonlySet<string>;
	/** Results that plans have counted as without effect and do not name. */
	counted: number;
}

/** Everything that can be seen from outside of one fault, after it. */
export interface Evidence {
	terms: FaultTerms;
	plans: readonly PlannedPlan[];
	decisions: readonly DecisionRecord[];
	deadLetters: readonly DeadLetter[];
	tickets: readonly TicketRecord[];
	results: readonly ResultRecord[];
	frames: readonly Notice[];
	incidents: readonly Notice[];
	workflows: readonly WorkflowRecord[];
	store: StoreBook;
	/** By plan id. */
	rest: Readonly<Record<string, RestBook>>;
	vitals: readonly VitalsPair[];
	/** Absent: nobody wrote any harm. */
	hostile?: HostileBook;
	/** When the fault struck. */
	struckAtMs: number;
	/** What did not end, start or stop as it should have. */
	troubles: readonly string[];
}

export type FindingKind =
	| "lost"
	| "doubled"
	| "order"
	| "disagreement"
	| "audit"
	| "compensation"
	| "failure"
	| "leak"
	| "late"
	| "trouble";

/** Something in the evidence that must not be there. */
export interface Finding {
	kind: FindingKind;
	/** Plan, ticket, record or process. */
	subject: string;
	what: string;
}

/** How often something came twice and had one effect. */
export interface Repeats {
	tickets: number;
	frames: number;
	incidents: number;
	deadLetters: number;
}

export type { StrayResult };

/** `topic/partition/offset`. */
export function placeName({ topic, partition, offset }: Place): string {
	return `${topic}/${partition}/${offset}`;
}
