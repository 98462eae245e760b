import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface CancelServer {
	/** `http://host:port`. */
	endpoint: string;
	close(): Promise<void>;
}

const PATH = /^\/api\/v1\/tasks\/([\w-]+)\/cancel$/;

/** Takes the cancel calls for the agents of a process (contracts.md, "Worker agents"). The simulated work needs no grace. */
export async function openCancelServer(
	giveUp: (ticketId: string, reason: string) => boolean,
): Promise<CancelServer> {
	const server = createServer(async (request, response) => {
		const [, ticket_id = ""] = PATH.exec(request.url ?? "") ?? [];
		const body = (await json(request).catch(() => null)) as Record<
			string,
			unknown
		> | null;
		const reason = `${body?.reason ?? "cancelled"} by ${body?.preempted_by ?? "nobody"}`;
		const success = request.method === "POST" && giveUp(ticket_id, reason);
		response.writeHead(success ? 200 : 404, {
			"content-type": "application/json",
		});
		response.end(
			JSON.stringify({ success, ticket_id, reason, checkpoint_saved: false }),
		);
	});
	server.listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	// An agent that has been killed does not keep its process alive.
	server.unref();
	const { port } = server.address() as AddressInfo;
	return {
		endpoint: `http://127.0.0.1:${port}`,
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
