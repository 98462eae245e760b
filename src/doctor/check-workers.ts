import { type Check, ok, warning } from "./check.ts";

/** Judges what the worker registry lists. */
export function checkWorkers(
	agents: readonly { status: "HEALTHY" | "DEGRADED" | "UNHEALTHY" }[],
): Check {
	const name = "worker registry";
	const alive = agents.filter(({ status }) => status !== "UNHEALTHY").length;
	if (alive === 0)
		return warning(
			name,
			"it answers, and knows no worker that is alive",
			"start worker agents, and see that they register with this registry; tickets go out without a choice of worker until then",
		);
	const dead = agents.length - alive;
	const rest = dead === 0 ? "" : `, ${dead} more ended within five minutes`;
	return ok(name, `it answers, ${alive} workers are alive${rest}`);
}
