import { proxyActivities } from "@temporalio/workflow";

const { publish } = proxyActivities<{ publish(): Promise<void> }>({
	startToCloseTimeout: "30s",
});

/** The floor: an empty workflow with one activity that publishes one message. */
export async function floor(): Promise<void> {
	await publish();
}
