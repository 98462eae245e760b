import {
	cpSync,
	mkdtempSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { findFreePorts } from "../../stack/free-ports.ts";
import type { ToolAtHand } from "../../stack/ops-tools.ts";
import { runTool } from "../../stack/run-tool.ts";
import { spawnServer } from "../../stack/server-process.ts";
import { waitUntil } from "../../stack/wait-until.ts";

interface Hooks {
	after(close: () => Promise<void> | void): void;
}

const ours = path.join(import.meta.dirname, "../../deploy/nginx");

/** `10`: percent; 0 is written without the canary's line. */
export function splitText(percent: number, { open = 1 } = {}): string {
	const canary = percent === 0 ? "" : `${percent}% canary; `;
	return `map "" $canary_is_open { default ${open}; }
split_clients "releases-1:$caller" $variant_of_share { ${canary}* stable; }
`;
}

/** A real nginx with the configuration of deploy/nginx, at a free port and in a folder of its own. */
export async function startNginx(
	hooks: Hooks,
	nginx: ToolAtHand,
	{ stable, canary }: { stable: string; canary: string },
) {
	const folder = mkdtempSync(path.join(tmpdir(), "nginx-"));
	hooks.after(() => rmSync(folder, { recursive: true }));
	cpSync(ours, folder, { recursive: true });
	const [port] = await findFreePorts(1);
	/** Beside it first: nobody reads half a file. */
	const write = (name: string, content: string) => {
		const file = path.join(folder, name);
		writeFileSync(`${file}.new`, content);
		renameSync(`${file}.new`, file);
	};
	const point = (pool: "stable" | "canary", address: string) =>
		write(
			`upstreams/${pool}.conf`,
			`map "" $${pool}_address { default "${address}"; }\n`,
		);
	write("listen.conf", `listen 127.0.0.1:${port};\n`);
	point("stable", stable);
	point("canary", canary);
	// Workers of a root's nginx would be `nobody`, who cannot write here.
	const user = process.getuid?.() === 0 ? "user root; " : "";
	const args = ["-p", `${folder}/`, "-c", "nginx.conf"];
	const own = ["-g", `${user}daemon off;`];
	const server = spawnServer(
		{ program: nginx.program, args: [...args, ...own] },
		path.join(folder, "nginx.log"),
	);
	hooks.after(() => server.end(5_000));
	const address = `http://127.0.0.1:${port}`;
	await waitUntil(async () => (await ask(address, "/metrics")).status === 404, {
		timeoutMs: 10_000,
		what: "nginx",
	});
	return {
		address,
		folder,
		write,
		point,
		ask: (path: string, options: AskOptions = {}) =>
			ask(address, path, options),
		/** Throws when nginx refuses the configuration, and goes on with the one before. */
		reload: () => runTool(nginx.program, [...args, "-s", "reload"]),
	};
}

export type Nginx = Awaited<ReturnType<typeof startNginx>>;

interface AskOptions {
	method?: string;
	headers?: Record<string, string>;
	body?: string;
}

/** One request on a connection of its own: nginx closes idle ones when it reloads. */
export async function ask(
	base: string,
	target: string,
	{ method = "GET", headers = {}, body }: AskOptions = {},
) {
	const { promise, resolve, reject } =
		Promise.withResolvers<import("node:http").IncomingMessage>();
	const call = request(
		new URL(base).origin + target,
		{ method, headers, agent: false },
		resolve,
	);
	call.on("error", reject);
	call.end(body);
	const response = await promise;
	return {
		status: response.statusCode ?? 0,
		headers: response.headers,
		text: await text(response),
	};
}

/** An instance that says its name and what it was asked. */
export async function openInstance(
	t: Hooks,
	name: string,
	answer?: RequestListener,
) {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		if (answer !== undefined) return answer(request, response);
		const told = request.headers["x-deployment-variant"];
		response.end(JSON.stringify({ name, url: request.url, told }));
	});
	const { promise, resolve } = Promise.withResolvers<void>();
	server.listen(0, "127.0.0.1", resolve);
	await promise;
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		asked,
	};
}
