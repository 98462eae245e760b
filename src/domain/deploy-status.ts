import type { HttpSide } from "../rollout/http-switch.ts";

/** One of the two instances behind nginx. */
export interface InstanceStatus {
	side: HttpSide;
	port: number;
	/** null: it does not answer. */
	build_id: string | null;
	/** Of its `/health`, 0 to 100. */
	score: number | null;
	/** Why that is so. */
	detail: string;
}

/** The newest release of this deployment. */
export interface ReleaseStatus {
	rollout_id: string;
	strategy: string;
	target_build: string;
	dry_run: boolean;
	phase: string;
	message: string;
	created_at: number;
	ended_at: number | null;
}

export interface DeployStatus {
	mode: "single" | "bluegreen";
	emergency: boolean;
	auto_switch_on_health: boolean;
	/** Of the process that answers. */
	version: string;
	build_id: string;
	deployment: string | null;
	variant: string | null;
	/** Who has the requests; null: there is one instance, or nobody can tell. */
	active_side: HttpSide | null;
	active_port: number | null;
	staging_port: number | null;
	/** Of the active instance; null: not known. */
	health_score: number | null;
	instances: InstanceStatus[];
	/** null: there is none, or it cannot be read. */
	release: ReleaseStatus | null;
	/** What could not be found out, and what to think of the rest. */
	notes: string[];
	/** Features that are off until a reset. */
	disabled_features: string[];
}
