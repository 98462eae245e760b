import type { Arm } from "./judgement.ts";

/**
 * Collection `routing`: what decides where new plans go, a document for each subject, changed by
 * compare-and-set on `revision` and read by every process each second. The last known one is kept when
 * MongoDB is away.
 */
export interface RoutingBodies {
	/** V1 or V2. Absent: `ORCHESTRATION_V2_ENABLED` and `ORCHESTRATION_V2_PERCENTAGE` stand. */
	split: VersionSplit;
	/** The release under way, written by its controller alone. */
	release: ReleaseRouting;
	/** Features of the service that only a share of the calls gets. */
	features: FeatureRouting;
}
export const routingSubjects = ["split", "release", "features"] as const;
export type RoutingSubject = (typeof routingSubjects)[number];

export interface RoutingDocument<Subject extends RoutingSubject> {
	_id: Subject;
	/** 1 for the first. */
	revision: number;
	/** Unix epoch, ms. */
	changed_at: number;
	actor: string;
	reason: string;
	body: RoutingBodies[Subject];
}

/** Whose bucket decides: everything of the key goes the same way. */
export type StickyBy = "plan" | "tenant" | "domain";

export interface VersionSplit {
	enabled: boolean;
	/** V2's share, 0 to 100. */
	percentage: number;
	sticky_by: StickyBy;
	/** Another salt draws another cohort. */
	salt: string;
	/** Keys (of `sticky_by`) that always, or never, run under V2. */
	allow: string[];
	deny: string[];
}

export interface ReleaseRouting {
	rollout_id: string;
	deployment: string;
	base_build: string;
	candidate_build: string;
	/** The candidate's share, 0 to 100; 0 when no release is under way. */
	weight: number;
	/** The candidate is current, and the base ramps with the rest (100 - `weight`), as a control. */
	is_promoted?: boolean;
	/** `plan`: Temporal's ramp decides by the workflow id; else whoever starts the plan, who then pins it. */
	sticky_by: StickyBy;
	salt: string;
	allow: string[];
	deny: string[];
}

/** Which features they are, and for which share, say the settings `CANARY_*`. */
export interface FeatureRouting {
	/** Features that are off, by their failures or by a person, until a person resets them. */
	disabled: Record<string, DisabledFeature>;
	/** How often a feature was reset: what counts against it are the calls since the last time. */
	resets: Record<string, number>;
}

export interface DisabledFeature {
	/** Unix epoch, ms. */
	at: number;
	/** Of the canary arm, when it was disabled. */
	calls: number;
	failures: number;
	/** A person, or the service. */
	by: string;
	reason: string;
}

/** What routing said of a plan when it started: part of its input, so that its end can be booked on it. */
export interface PlanRouting {
	/** Revision of the split; null: the settings stood. */
	split_revision: number | null;
	/** V2's share, 0 to 100; null: the version was named or listed. */
	version_weight: number | null;
	/** Absent: no release was under way. */
	release?: PlanRelease;
}

/** Where a release sends a plan. */
export interface PlanRelease {
	rollout_id: string;
	deployment: string;
	build: string;
	arm: Arm;
	/** The candidate's share, 0 to 100; null: the plan's build was listed, it is not compared. */
	weight: number | null;
	/** The starter pins it, because Temporal's ramp does not decide by what this release decides by. */
	pinned?: true;
}

/** What decides about new plans, as far as it is known. */
export interface RoutingInForce {
	split?: RoutingDocument<"split"> | undefined;
	release?: ReleaseInForce | undefined;
}

export interface ReleaseInForce {
	body: ReleaseRouting;
	/** Temporal's ramp decides by workflow ids. */
	workflowIdOf(planId: string): string;
}
