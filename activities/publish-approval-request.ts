import type { ApprovalRequest } from "../schemas/approval-request.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface ApprovalRequestPublisher {
	/** Resolves only after the brokers acknowledged the request. */
	publishApprovalRequest(
		request: ApprovalRequest,
		bounds: AttemptBounds,
	): Promise<void>;
}

export function createPublishApprovalRequest({
	approvals,
}: {
	approvals: ApprovalRequestPublisher;
}) {
	/** At-least-once: a request that is published twice has the same `request_id`. */
	return async function publishApprovalRequest(
		request: ApprovalRequest,
	): Promise<void> {
		await whileHeartbeating((bounds) =>
			approvals.publishApprovalRequest(request, bounds),
		);
	};
}
