import type { VersioningOverride } from "@temporalio/common";

/** A build of this service as Temporal knows it: a version of a worker deployment. */
export interface BuildVersion {
	deployment: string;
	build: string;
}

/** In visibility (`TemporalWorkerDeploymentVersion`). The SDK's own spelling, `toCanonicalString`, has a dot. */
export function searchNameOf({ deployment, build }: BuildVersion): string {
	return `${deployment}:${build}`;
}

/** The form of messages. */
export function versionMessage({ deployment, build }: BuildVersion) {
	return { deploymentName: deployment, buildId: build };
}

/** For the start of a workflow: it stays on the build, whatever the routing says. */
export function pinnedTo(version: BuildVersion): VersioningOverride {
	return { pinnedTo: versionMessage(version) };
}

/** Temporal's enum PinnedOverrideBehavior. */
const PINNED = 1;

/** For workflows that are open: from the next task on they are the build's. */
export function pinnedOptions(version: BuildVersion) {
	const pinned = { behavior: PINNED, version: versionMessage(version) };
	return {
		workflowExecutionOptions: { versioningOverride: { pinned } },
		updateMask: { paths: ["versioning_override"] },
	};
}
