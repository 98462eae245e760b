import type { Config } from "../config.ts";
import { createNginxSwitch } from "../deploy/nginx-switch.ts";
import type { DeploySources, ReleaseStatus } from "../deploy/routes.ts";
import { deploySources, type Releases } from "../deploy/sources.ts";
import type { RolloutState } from "../domain/rollout/state.ts";
import { currentFeatures } from "../features/current-features.ts";
import type { HttpSwitch } from "../rollout/ports.ts";
import { releaseSources } from "../rollout/release-sources.ts";
import type { Parts } from "./parts.ts";

/** Moves HTTP requests between two instances; undefined: there is one (DEPLOY_MODE). */
export function openHttpSwitch({
	deploy,
}: Pick<Config, "deploy">): HttpSwitch | undefined {
	return deploy.nginx && createNginxSwitch(deploy.nginx);
}

/** This process, as it is configured: what /version says of it. */
export function serviceFacts({ service, temporal }: Config) {
	const { build, deployment } = temporal;
	return { ...service, build, deployment };
}

/** Releases, as their controller carries them out. */
function openReleases(
	parts: Pick<Parts, "mongo" | "temporal" | "config">,
): Releases {
	const { rollouts, client } = releaseSources(parts);
	return {
		async last(deployment) {
			const found = await rollouts.read(deployment);
			return found && statusOf(found.state);
		},
		async startBlueGreen(deployment, { build_id, dry_run }, by) {
			const target = { buildId: build_id };
			const strategy = "blueGreen";
			const spec = { deployment, target, strategy, dryRun: dry_run } as const;
			return statusOf(await client.start(spec, by));
		},
	};
}

function statusOf(state: RolloutState): ReleaseStatus {
	const { rolloutId: rollout_id, spec, phase, message } = state;
	const { strategy, targetBuild: target_build, dryRun: dry_run } = spec;
	return {
		...{ rollout_id, strategy, target_build, dry_run, phase, message },
		...{ created_at: state.createdAtMs, ended_at: state.endedAtMs },
	};
}

/** What the routes of deployments ask for. */
export function openDeploy(
	parts: Pick<Parts, "config" | "routing" | "mongo" | "temporal">,
): DeploySources {
	const { config, routing } = parts;
	const { version, build, deployment, variant } = serviceFacts(config);
	return deploySources({
		service: {
			version,
			build: build ?? version,
			deployment: deployment ?? null,
			variant: variant === "" ? null : variant,
		},
		settings: config.deploy,
		http: openHttpSwitch(config),
		releases: openReleases(parts),
		disabledFeatures: () =>
			Object.keys(currentFeatures(routing)?.disabled ?? {}),
	});
}
