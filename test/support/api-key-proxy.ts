import { once } from "node:events";
import {
	connect,
	createSecureServer,
	type IncomingHttpHeaders,
	type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificates.ts";
import type { Ending } from "./file-end.ts";

const UNAUTHENTICATED = {
	":status": 200,
	"content-type": "application/grpc",
	"grpc-status": "16",
	"grpc-message": "invalid api key",
};

/** Like Temporal Cloud: TLS, and nothing without the key. Answers its `127.0.0.1:port`. */
export async function openApiKeyProxy(
	t: Ending,
	{
		target,
		certificate: { cert, key },
		apiKey,
	}: { target: string; certificate: Certificate; apiKey: string },
): Promise<string> {
	const inner = connect(`http://${target}`);
	const server = createSecureServer({ cert, key });
	server.on("stream", (stream, headers) => {
		stream.on("error", () => undefined);
		if (headers.authorization === `Bearer ${apiKey}`) forward(stream, headers);
		else stream.respond(UNAUTHENTICATED, { endStream: true });
	});

	function forward(
		stream: ServerHttp2Stream,
		headers: IncomingHttpHeaders,
	): void {
		const asked = inner.request(headers);
		let trailers: IncomingHttpHeaders = {};
		stream.on("close", () => asked.close());
		stream.on("wantTrailers", () => stream.sendTrailers(trailers));
		asked.on("error", () => stream.destroy());
		asked.on("trailers", (last) => {
			trailers = last;
		});
		asked.on("response", (answer, flags) => {
			// A failure comes as one block of headers with the end of the stream.
			const endStream = (flags & 1) === 1;
			stream.respond(answer, { endStream, waitForTrailers: !endStream });
			if (!endStream) asked.pipe(stream);
		});
		stream.pipe(asked);
	}

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		inner.destroy();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
