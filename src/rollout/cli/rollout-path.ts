/** Path of a rollout, by its id or its deployment. */
export function rolloutPath(name: string, rest = ""): string {
	return `/api/v1/rollouts/${encodeURIComponent(name)}${rest}`;
}
