import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** A stand-in of the service that answers every request alike, until the tests have ended; answers its address. */
export async function answerAlike(
	answer: { status: number; body: unknown },
	seen: string[] = [],
): Promise<string> {
	const server = createServer((request, response) => {
		seen.push(
			`${request.method} ${request.url} ${request.headers.authorization}`,
		);
		response.writeHead(answer.status, { "content-type": "application/json" });
		response.end(JSON.stringify(answer.body));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	after(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
