import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";

/** What is no HTTP never becomes a request; it is answered on the socket. */
export function answerBrokenRequest(
	error: Error & { code?: string },
	socket: Socket,
): void {
	if (error.code === "ECONNRESET" || !socket.writable) {
		socket.destroy();
		return;
	}
	const status =
		error.code === "HPE_HEADER_OVERFLOW"
			? "431 Request Header Fields Too Large"
			: error.code === "ERR_HTTP_REQUEST_TIMEOUT"
				? "408 Request Timeout"
				: "400 Bad Request";
	const body = JSON.stringify({
		type: "about:blank",
		title: status.slice(4),
		status: Number(status.slice(0, 3)),
		detail: "the request is not valid HTTP",
		code: "REQUEST_INVALID",
		request_id: randomUUID(),
	});
	socket.end(
		`HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
	);
}
