import type { FastifyInstance } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { sendProblem } from "./problems.ts";

/**
 * While the server closes, requests under way are answered, new requests on their connections are refused
 * with 503, and no connection is kept.
 */
export function closeGently(
	app: FastifyInstance,
	metrics: Pick<Metrics, "accessRefusals">,
): void {
	let isClosing = false;
	app.addHook("preClose", async () => {
		isClosing = true;
	});
	app.addHook("onRequest", async (request, reply) => {
		if (!isClosing) return;
		metrics.accessRefusals.inc({ reason: "stopping" });
		const detail = "the service is stopping and takes no new requests";
		return sendProblem(request, reply, { code: "SERVICE_STOPPING", detail });
	});
	app.addHook("onSend", async (_request, reply) => {
		if (isClosing) reply.header("connection", "close");
	});
}
