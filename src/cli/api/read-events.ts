/** One server-sent event. */
export interface ServerEvent {
	id: string | undefined;
	event: string;
	data: string;
}

/** Splits a stream of any pieces into its events. Comments (heartbeats) are ignored. */
export async function* readEvents(
	stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent> {
	let rest = "";
	const decoder = new TextDecoder();
	for await (const piece of stream) {
		rest += decoder.decode(piece, { stream: true });
		const blocks = rest.split(/\r?\n\r?\n/);
		rest = blocks.pop() ?? "";
		for (const block of blocks) {
			const event = readBlock(block);
			if (event !== undefined) yield event;
		}
	}
}

function readBlock(block: string): ServerEvent | undefined {
	const data: string[] = [];
	let id: string | undefined;
	let event = "message";
	for (const line of block.split(/\r?\n/)) {
		const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
		if (field === "data") data.push(value);
		if (field === "id") id = value;
		if (field === "event") event = value;
	}
	if (data.length === 0) return undefined;
	return { id, event, data: data.join("\n") };
}
