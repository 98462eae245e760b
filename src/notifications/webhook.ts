import { createHmac } from "node:crypto";
import type { PlanNotification } from "../../schemas/plan-notification.ts";
import { OrchestratorError } from "../errors.ts";

/** Delivers one notification. Throws when it may not have arrived; then it comes again under the same id. */
export type DeliverNotification = (
	notification: PlanNotification,
) => Promise<void>;

const TIMEOUT_MS = 5_000;
export const SIGNATURE_HEADER = "x-orchestrator-signature";

/**
 * Posts to a webhook; every answer but 2xx is a failure. The signature is `t=<Unix seconds>,v1=<hex>`, where v1 is
 * the HMAC-SHA256 of `<t>.<body>` with the key: a receiver compares it, and refuses an old `t`.
 */
export function createWebhook({
	url,
	key,
	nowMs = Date.now,
}: {
	url: string;
	key: string;
	nowMs?: () => number;
}): DeliverNotification {
	return async (notification) => {
		const body = JSON.stringify(notification);
		const seconds = Math.floor(nowMs() / 1000);
		const sign = createHmac("sha256", key).update(`${seconds}.${body}`);
		const response = await fetch(url, {
			method: "POST",
			headers: {
				"content-type": "application/json",
				[SIGNATURE_HEADER]: `t=${seconds},v1=${sign.digest("hex")}`,
			},
			body,
			redirect: "error",
			signal: AbortSignal.timeout(TIMEOUT_MS),
		}).catch((cause: unknown) => {
			throw undelivered(notification, (cause as Error).message, cause);
		});
		await response.body?.cancel();
		if (!response.ok)
			throw undelivered(notification, `the webhook answers ${response.status}`);
	};
}

function undelivered(
	{ notification_id }: PlanNotification,
	why: string,
	cause?: unknown,
): OrchestratorError {
	const text = `notification ${notification_id} is not delivered: ${why}`;
	return new OrchestratorError("NOTIFICATION_UNDELIVERED", text, { cause });
}
