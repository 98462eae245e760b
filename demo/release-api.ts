import type { RolloutSpecInput } from "../src/domain/rollout/spec.ts";
import type { RolloutState } from "../src/domain/rollout/state.ts";

/** The releases of one deployment over REST, as any client sees them. */
export interface ReleaseApi {
	readonly address: string;
	start(
		build: string,
		spec: Omit<RolloutSpecInput, "deployment" | "target">,
	): Promise<void>;
	/** undefined: there was none, or it cannot be read now. */
	get(): Promise<RolloutState | undefined>;
	command(verb: string): Promise<void>;
	/** Any path below `/api/v1`. */
	read<T>(path: string): Promise<T>;
}

const TIMEOUT_MS = 15_000;

/** Rejects with what the API answers when it refuses. */
export function createReleaseApi(
	address: string,
	deployment: string,
): ReleaseApi {
	const place = `/api/v1/rollouts/${deployment}`;
	async function ask(path: string, body?: object): Promise<Response> {
		const response = await fetch(new URL(path, address), {
			signal: AbortSignal.timeout(TIMEOUT_MS),
			...(body !== undefined && {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ actor: "demo", reason: "a release", ...body }),
			}),
		});
		// A store that is busy for a moment answers the next time.
		if (response.ok || [404, 503].includes(response.status)) return response;
		throw new Error(
			`${path} answered ${response.status}: ${await response.text()}`,
		);
	}
	return {
		address,
		async start(build, spec) {
			const target = { buildId: build };
			const begin = { deployment, target, ...spec };
			const response = await ask("/api/v1/rollouts", begin);
			if (!response.ok) throw new Error(await response.text());
		},
		async get() {
			const response = await ask(place);
			if (!response.ok) return undefined;
			return (await response.json()) as RolloutState;
		},
		async command(verb) {
			const response = await ask(`${place}/commands`, { verb });
			if (!response.ok) throw new Error(await response.text());
		},
		async read<T>(path: string) {
			return (await (await ask(`/api/v1${path}`)).json()) as T;
		},
	};
}
