import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** Stands between a client and a server, so that a test can take the server away. */
export interface TcpProxy {
	/** `127.0.0.1:port`, the same for the proxy's whole life. */
	readonly address: string;
	/** Connections are dropped and refused. */
	cut(): Promise<void>;
	/** Connections stay and are taken, but nothing is carried. */
	freeze(): void;
	/** Carries again; connections from before are dropped. */
	restore(): Promise<void>;
	/** Bytes that clients have sent so far. */
	sentBytes(): number;
}

/** Opens a proxy to `host:port`; it closes with the test. */
export async function openTcpProxy(
	t: Pick<TestContext, "after">,
	target: string,
): Promise<TcpProxy> {
	const [host = "", port = ""] = target.split(":");
	const sockets = new Set<Socket>();
	let frozen = false;
	let sentBytes = 0;

	const server = createServer((inner) => {
		const outer = connect(Number(port), host);
		carry(inner, outer, (bytes) => {
			sentBytes += bytes;
		});
		carry(outer, inner, () => undefined);
	});

	function carry(
		from: Socket,
		to: Socket,
		count: (bytes: number) => void,
	): void {
		sockets.add(from);
		from.on("data", (chunk) => {
			count(chunk.length);
			if (!frozen) to.write(chunk);
		});
		from.on("error", () => undefined);
		from.on("close", () => {
			sockets.delete(from);
			to.destroy();
		});
	}

	function drop(): void {
		for (const socket of sockets) socket.destroy();
	}

	async function listen(onPort: number): Promise<number> {
		server.listen(onPort, "127.0.0.1");
		await once(server, "listening");
		return (server.address() as AddressInfo).port;
	}

	const ownPort = await listen(0);
	t.after(() => {
		server.close();
		drop();
	});
	return {
		address: `127.0.0.1:${ownPort}`,
		async cut() {
			const closed = once(server, "close");
			server.close();
			drop();
			await closed;
		},
		freeze() {
			frozen = true;
		},
		async restore() {
			frozen = false;
			drop();
			if (!server.listening) await listen(ownPort);
		},
		sentBytes: () => sentBytes,
	};
}
