import type { RemediationRequest } from "../domain/remediation.ts";
import { OrchestratorError } from "../errors.ts";

/** Asks the self-healing engine to run a playbook. Throws when it may not have taken the request; then it comes again under its id. */
export function createSelfHealing({
	url,
	timeoutMs,
}: {
	url: string;
	timeoutMs: number;
}): (request: RemediationRequest) => Promise<void> {
	const address = new URL("/api/v1/remediation/execute", url);
	return async (request) => {
		const failed = (why: string, cause?: unknown) =>
			new OrchestratorError(
				"NOTIFICATION_UNDELIVERED",
				`remediation ${request.remediation_id} is not asked for: ${why}`,
				{ cause },
			);
		const response = await fetch(address, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(request),
			redirect: "error",
			signal: AbortSignal.timeout(timeoutMs),
		}).catch((cause: unknown) => {
			throw failed((cause as Error).message, cause);
		});
		await response.body?.cancel();
		// 409: it has the request already.
		if (!response.ok && response.status !== 409)
			throw failed(`the engine answers ${response.status}`);
	};
}
