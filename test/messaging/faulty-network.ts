import net from "node:net";
import type { TestContext } from "node:test";
import type { ISocketFactory } from "kafkajs";

export const PRODUCE = 0;
export const INIT_PRODUCER_ID = 22;
export const JOIN_GROUP = 11;
export const HEARTBEAT = 12;

/** One answer of a broker: `frame` without its length. */
export interface BrokerAnswer {
	apiKey: number;
	frame: Buffer;
}

export interface FaultyNetwork {
	socketFactory: ISocketFactory;
	/** `away`: connections are refused and broken. `frozen`: they open, and nothing is said. */
	mode: "up" | "away" | "frozen";
	/** Changes an answer; undefined breaks the connection instead. */
	onAnswer: (answer: BrokerAnswer) => Buffer | undefined;
	/** How often an answer to this kind of request passed. */
	answers: Map<number, number>;
}

/** A proxy between a client and the real broker that can do what networks do. */
export async function openFaultyNetwork(
	t: TestContext,
): Promise<FaultyNetwork> {
	const sockets = new Set<net.Socket>();
	let mode: FaultyNetwork["mode"] = "up";
	const targets = new Map<string, { host: string; port: number }>();
	const answers = new Map<number, number>();

	const server = net.createServer((client) => {
		client.once("data", (first) => {
			// The first bytes are our own: which broker is meant.
			const end = first.indexOf("\n");
			const target = targets.get(first.subarray(0, end).toString());
			if (target === undefined || mode === "away") return void client.destroy();
			const broker = net.connect(target);
			bindSockets(client, broker, first.subarray(end + 1));
		});
		client.on("error", () => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});

	function bindSockets(
		client: net.Socket,
		broker: net.Socket,
		rest: Buffer,
	): void {
		const apiKeys = new Map<number, number>();
		for (const socket of [client, broker]) {
			sockets.add(socket);
			socket.on("error", () => undefined);
			socket.on("close", () => {
				sockets.delete(socket);
				client.destroy();
				broker.destroy();
			});
		}
		const fromClient = inFrames((frame) => {
			apiKeys.set(frame.readInt32BE(4), frame.readInt16BE(0));
			if (mode === "up") broker.write(withLength(frame));
		});
		fromClient(rest);
		client.on("data", fromClient);
		broker.on(
			"data",
			inFrames((frame) => {
				if (mode !== "up") return;
				const apiKey = apiKeys.get(frame.readInt32BE(0)) ?? -1;
				const changed = network.onAnswer({ apiKey, frame });
				if (changed === undefined) return void client.destroy();
				answers.set(apiKey, (answers.get(apiKey) ?? 0) + 1);
				client.write(withLength(changed));
			}),
		);
	}

	const { port: proxyPort } = server.address() as net.AddressInfo;
	const network: FaultyNetwork = {
		answers,
		onAnswer: ({ frame }) => frame,
		get mode() {
			return mode;
		},
		set mode(next) {
			mode = next;
			if (next === "away") for (const socket of sockets) socket.destroy();
		},
		socketFactory({ host, port, onConnect }) {
			const name = `${host}:${port}`;
			targets.set(name, { host, port });
			const socket = net.connect({ host: "127.0.0.1", port: proxyPort }, () => {
				socket.write(`${name}\n`);
				onConnect();
			});
			return socket;
		},
	};
	return network;
}

/** Puts chunks together to whole frames. */
function inFrames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
	let buffered: Buffer = Buffer.alloc(0);
	return (chunk) => {
		buffered = Buffer.concat([buffered, chunk]);
		while (
			buffered.length >= 4 &&
			buffered.length >= 4 + buffered.readInt32BE(0)
		) {
			const end = 4 + buffered.readInt32BE(0);
			const frame = buffered.subarray(4, end);
			buffered = buffered.subarray(end);
			onFrame(frame);
		}
	};
}

function withLength(frame: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeInt32BE(frame.length);
	return Buffer.concat([length, frame]);
}

/** An answer whose first field after the throttling is its error, saying this one. */
export function withError(frame: Buffer, errorCode: number): Buffer {
	const changed = Buffer.from(frame);
	changed.writeInt16BE(errorCode, 8);
	return changed;
}

/** The answer to a produce request of one topic and partition, saying this error instead. */
export function withProduceError(frame: Buffer, errorCode: number): Buffer {
	const changed = Buffer.from(frame);
	// correlation id, topics, topic name, partitions, partition, error code
	const topicLength = changed.readInt16BE(8);
	changed.writeInt16BE(errorCode, 10 + topicLength + 8);
	return changed;
}
