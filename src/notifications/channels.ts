import { createHmac } from "node:crypto";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { RemediationRequest } from "../domain/remediation.ts";
import { OrchestratorError } from "../errors.ts";

const WEBHOOK_TIMEOUT_MS = 5_000;
export const SIGNATURE_HEADER = "x-orchestrator-signature";

/**
 * Posts notifications to a webhook; every answer but 2xx is a failure, after which the same comes again under its
 * id. The signature is `t=<Unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA256 of `<t>.<body>` with the key: a
 * receiver compares it, and refuses an old `t`.
 */
export function createWebhook({
	url,
	key,
	nowMs = Date.now,
}: {
	url: string;
	key: string;
	nowMs?: () => number;
}): (notification: PlanNotification) => Promise<void> {
	return async (notification) => {
		const body = JSON.stringify(notification);
		const seconds = Math.floor(nowMs() / 1000);
		const sign = createHmac("sha256", key).update(`${seconds}.${body}`);
		await post(url, body, {
			headers: { [SIGNATURE_HEADER]: `t=${seconds},v1=${sign.digest("hex")}` },
			timeoutMs: WEBHOOK_TIMEOUT_MS,
			what: `notification ${notification.notification_id}`,
		});
	};
}

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
		const what = `remediation ${request.remediation_id}`;
		// 409: it has the request already.
		const more = { timeoutMs, what, taken: 409 };
		await post(address, JSON.stringify(request), more);
	};
}

/** Throws NOTIFICATION_UNDELIVERED unless the answer is 2xx or `taken`. */
async function post(
	url: string | URL,
	body: string,
	{
		headers,
		timeoutMs,
		what,
		taken,
	}: {
		headers?: Record<string, string>;
		timeoutMs: number;
		what: string;
		taken?: number;
	},
): Promise<void> {
	const failed = (why: string, cause?: unknown) =>
		new OrchestratorError(
			"NOTIFICATION_UNDELIVERED",
			`${what} is not delivered: ${why}`,
			{ cause },
		);
	const response = await fetch(url, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body,
		redirect: "error",
		signal: AbortSignal.timeout(timeoutMs),
	}).catch((cause: unknown) => {
		throw failed((cause as Error).message, cause);
	});
	await response.body?.cancel();
	if (!response.ok && response.status !== taken)
		throw failed(`the answer is ${response.status}`);
}
