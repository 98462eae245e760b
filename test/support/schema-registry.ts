import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Ending } from "./file-end.ts";

/** A small registry that speaks the Confluent API, over HTTP. */
export interface TestRegistry {
	url: string;
	/** Adds a schema without a client; its id. */
	add(subject: string, schema: string, more?: object): number;
	/** Every request so far, `GET /schemas/ids/1`. */
	requests: string[];
	/** Answers instead of the registry while it returns true. */
	interrupt: (request: IncomingMessage, response: ServerResponse) => boolean;
}

interface Stored {
	id: number;
	subject: string;
	version: number;
	schema: string;
}

export async function openSchemaRegistry(t: Ending): Promise<TestRegistry> {
	const stored: Stored[] = [];
	const server = createServer(
		(request, response) => void answer(request, response),
	);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});

	function add(subject: string, schema: string, more: object = {}): number {
		const known = stored.find(
			(other) => other.subject === subject && other.schema === schema,
		);
		if (known !== undefined) return known.id;
		const version =
			stored.filter((other) => other.subject === subject).length + 1;
		stored.push({ id: stored.length + 1, subject, version, schema, ...more });
		return stored.length;
	}

	async function answer(
		request: IncomingMessage,
		response: ServerResponse,
	): Promise<void> {
		const body = await readBody(request);
		const [path = ""] = decodeURIComponent(request.url ?? "").split("?");
		registry.requests.push(`${request.method} ${path}`);
		if (registry.interrupt(request, response)) return;
		const found = look(request.method ?? "", path, body);
		const missing = {
			error_code: path.startsWith("/schemas") ? 40403 : 40401,
			message: "not found",
		};
		response.writeHead(found === undefined ? 404 : 200, {
			"content-type": "application/vnd.schemaregistry.v1+json",
		});
		response.end(JSON.stringify(found ?? missing));
	}

	function look(
		method: string,
		path: string,
		body: string,
	): object | undefined {
		const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(path) ?? [];
		if (id !== undefined)
			return stored.find((schema) => schema.id === Number(id));
		const [, subject = "", , version] =
			/^\/subjects\/([^/]+)(\/versions)?(?:\/(\w+))?$/.exec(path) ?? [];
		if (method === "POST" && path.endsWith("/versions"))
			return { id: add(subject, JSON.parse(body).schema) };
		return stored.find(
			(schema) =>
				schema.subject === subject && String(schema.version) === version,
		);
	}

	const { port } = server.address() as AddressInfo;
	const registry: TestRegistry = {
		url: `http://127.0.0.1:${port}`,
		add,
		requests: [],
		interrupt: () => false,
	};
	return registry;
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString("utf8");
}
