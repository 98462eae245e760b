import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";

interface BrokenAnswer {
	status: string;
	detail: string;
}

const notHttp: BrokenAnswer = {
	status: "400 Bad Request",
	detail: "the request is not valid HTTP",
};
const answers: Record<string, BrokenAnswer> = {
	HPE_HEADER_OVERFLOW: {
		status: "431 Request Header Fields Too Large",
		detail: "the request's header fields are too large",
	},
	ERR_HTTP_REQUEST_TIMEOUT: {
		status: "408 Request Timeout",
		detail: "timeout: the request did not come to its end in time",
	},
};

/** Bytes that are no HTTP never become a request; they are answered on the socket. */
export function answerBrokenRequest(
	error: Error & { code?: string },
	socket: Socket,
): void {
	if (error.code === "ECONNRESET" || !socket.writable) {
		socket.destroy();
		return;
	}
	const { status, detail } = answers[error.code ?? ""] ?? notHttp;
	const body = JSON.stringify({
		type: "about:blank",
		title: status.slice(4),
		status: Number(status.slice(0, 3)),
		detail,
		code: "REQUEST_INVALID",
		request_id: randomUUID(),
	});
	socket.end(
		`HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
	);
}
