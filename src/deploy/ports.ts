import type { Author } from "../domain/author.ts";
import type { DeployStatus, ReleaseStatus } from "../domain/deploy-status.ts";

export interface BlueGreenRequest {
	build_id: string;
	/** Everything but the switch. */
	dry_run: boolean;
}

/** Releases, which their controller carries out. */
export interface Releases {
	/** The newest one of the deployment. Throws STORE_UNAVAILABLE. */
	last(deployment: string): Promise<ReleaseStatus | undefined>;
	startBlueGreen(
		deployment: string,
		request: BlueGreenRequest,
		by: Author,
	): Promise<ReleaseStatus>;
}

/** What the routes of deployments ask for. */
export interface DeploySources {
	/** Reads, and changes nothing. Never throws. */
	status(): Promise<DeployStatus>;
	/** Throws COMMAND_REFUSED with what forbids it. */
	blueGreen(request: BlueGreenRequest, by: Author): Promise<ReleaseStatus>;
}
