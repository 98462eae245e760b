/** An answer that is not read to its end. */
export class AnswerTooLarge extends Error {
	override readonly name = "AnswerTooLarge";

	constructor(mostBytes: number) {
		super(`the answer has over ${mostBytes} bytes`);
	}
}

/** The whole answer of a server that is not ours. Throws AnswerTooLarge, and what a broken connection throws. */
export async function readAnswer(
	{ body }: Pick<Response, "body">,
	mostBytes: number,
): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const part of body ?? []) {
		bytes += part.byteLength;
		if (bytes > mostBytes) throw new AnswerTooLarge(mostBytes);
		parts.push(part);
	}
	return Buffer.concat(parts);
}

/** `fetch` for libraries that read a good answer to its end whatever its size. Throws what `readAnswer` throws. */
export function fetchAtMost(mostBytes: number) {
	return async (url: string, init: RequestInit): Promise<Response> => {
		const response = await fetch(url, init);
		if (!response.ok) return response;
		const text = (await readAnswer(response, mostBytes)).toString();
		return new Response(text, { headers: response.headers });
	};
}
