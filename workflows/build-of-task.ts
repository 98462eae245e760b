import { workflowInfo } from "@temporalio/workflow";

/** The build that works on this task; undefined: a worker without a version, whose deployment has no name. */
export function buildOfTask():
	| { deploymentName: string; buildId: string }
	| undefined {
	const { currentDeploymentVersion: version } = workflowInfo();
	return version?.deploymentName ? version : undefined;
}
