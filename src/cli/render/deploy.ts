import type {
	DeployStatus,
	InstanceStatus,
	ReleaseStatus,
} from "../../deploy/routes.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";
import { renderRelative } from "./time.ts";

/** Who has the requests, how well both instances are, and the last release. */
export function renderDeployStatus(
	status: DeployStatus,
	frame: Frame,
): string[] {
	const { mode, active_side, instances, release, notes } = status;
	const { paint, width } = frame;
	const off = status.disabled_features;
	return [
		...(mode === "single"
			? [`one instance, build ${status.build_id}, answers`]
			: instances.map((one) => instanceLine(one, active_side, frame))),
		...(status.emergency
			? [paint("bad", "EMERGENCY_MODE: nothing new is released")]
			: []),
		...(release === null ? [] : renderReleaseStatus(release, frame)),
		...(off.length > 0
			? [paint("bad", `features that are off: ${off.join(", ")}`)]
			: []),
		...notes.flatMap((note) => wrap(`note: ${note}`, width, "  ")),
	];
}

function instanceLine(
	{ side, port, build_id, score, detail }: InstanceStatus,
	active: string | null,
	{ paint }: Frame,
): string {
	const role = side === active ? "has the requests" : "stands by";
	const state =
		build_id === null ? detail : `build ${build_id}, health ${score} of 100`;
	return paint(
		build_id === null ? "bad" : side === active ? "good" : "dim",
		`${side} on port ${port} ${role}: ${state}`,
	);
}

/** A release in a few lines; `rollout get` has the rest. */
export function renderReleaseStatus(
	{
		rollout_id,
		target_build,
		dry_run,
		phase,
		message,
		created_at,
	}: ReleaseStatus,
	{ width, nowMs }: Frame,
): string[] {
	const kind = dry_run ? "dry run of a release" : "release";
	return [
		`${kind} ${rollout_id} of build ${target_build}, ${renderRelative(created_at, nowMs)}: ${phase}`,
		...wrap(`  ${message}`, width, "  "),
	];
}
