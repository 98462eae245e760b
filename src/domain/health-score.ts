/** A check as the score counts it. */
export interface ScoredCheck {
	state: "up" | "down";
	/** Without it the process cannot work. */
	required: boolean;
	/** Above 0. */
	weight: number;
}

/**
 * How well a process is, 0 to 100: the weights of the checks that are up, in percent of all that were made. What was
 * not checked is no part of it. A required check that fails makes it 0, and so does having checked nothing. 100 means
 * that nothing fails.
 */
export function scoreHealth(checks: readonly ScoredCheck[]): number {
	if (checks.some(({ state, required }) => required && state === "down"))
		return 0;
	const all = total(checks);
	const up = total(checks.filter(({ state }) => state === "up"));
	return all === 0 ? 0 : Math.floor((100 * up) / all);
}

function total(checks: readonly ScoredCheck[]): number {
	return checks.reduce((sum, { weight }) => sum + weight, 0);
}

/** What a gate of a release reads in the answer of `/health`. */
export interface HealthAnswer {
	status: string;
	checks: Readonly<Record<string, ScoredCheck & { error?: string }>>;
	identity: { build_id: string; instance_id: string };
}

/**
 * Whether an instance is the build that is meant and well enough for requests: by its checks, scored as the instance
 * itself scores them.
 */
export function judgeInstance(
	answer: HealthAnswer,
	{ build, minScore }: { build: string; minScore: number },
): { healthy: boolean; score: number; detail: string } {
	const { build_id, instance_id } = answer.identity;
	const checks = Object.entries(answer.checks);
	const score = scoreHealth(checks.map(([, check]) => check));
	if (build_id !== build)
		return {
			...{ healthy: false, score },
			detail: `build ${build_id} answers there, not ${build}`,
		};
	const failing = checks
		.filter(([, { state }]) => state === "down")
		.map(([name, { error = "no reason" }]) => `${name} (${error})`);
	const why = failing.length === 0 ? "" : `: ${failing.join(", ")}`;
	return {
		healthy: score >= minScore,
		score,
		detail: `build ${build_id}, instance ${instance_id}, has ${score} of 100, ${minScore} are needed${why}`,
	};
}
