import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";
import { eventually } from "../support/eventually.ts";
import { type Nginx, openInstance, splitText, startNginx } from "./nginx.ts";

const nginx = await haveTool("nginx");
const options = { skip: nginx.missing };
const nobody = "127.0.0.1:1";

async function openBoth(t: TestContext) {
	const stable = await openInstance(t, "stable");
	const canary = await openInstance(t, "canary");
	const proxy = await startNginx(t, nginx, {
		stable: stable.address,
		canary: canary.address,
	});
	return { stable, canary, proxy };
}

const callers = Array.from({ length: 400 }, (_, at) => `client-${at}`);

/** Who of the callers the canary answers. */
async function cohort(proxy: Nginx): Promise<string[]> {
	const found: string[] = [];
	for (const caller of callers) {
		const headers = { "x-orchestrator-client": caller };
		const { headers: answer } = await proxy.ask("/version", { headers });
		if (answer["x-deployment-variant"] === "canary") found.push(caller);
	}
	return found;
}

async function until(proxy: Nginx, variant: "stable" | "canary") {
	const headers = { "x-orchestrator-variant": "canary" };
	await eventually(async () => {
		const { headers: answer } = await proxy.ask("/", { headers });
		return answer["x-deployment-variant"] === variant;
	});
}

test(
	"nginx: header wins over cookie, cookie over share; the variant is told to client and instance, and logged",
	options,
	async (t) => {
		const { proxy } = await openBoth(t);
		const served = async (headers: Record<string, string>) => {
			const answer = await proxy.ask("/api/v1/plans?limit=1", { headers });
			const { name, told, url } = JSON.parse(answer.text);
			assert.equal(answer.headers["x-deployment-variant"], name);
			assert.equal(told, name);
			assert.equal(url, "/api/v1/plans?limit=1");
			return name;
		};
		const cookie = (value: string) => `a=b; orchestrator_variant=${value}`;
		assert.equal(
			await served({ "x-orchestrator-variant": "canary" }),
			"canary",
		);
		assert.equal(await served({ cookie: cookie("canary") }), "canary");
		assert.equal(
			await served({ cookie: cookie("nonsense") }),
			await served({}),
		);
		const both = {
			cookie: cookie("canary"),
			"x-orchestrator-variant": "stable",
		};
		assert.equal(await served(both), "stable");
		const log = await eventually(() =>
			readFileSync(path.join(proxy.folder, "run/access.log"), "utf8"),
		);
		const line = JSON.parse(
			log.split("\n").find((one) => one.includes("plans")) ?? "",
		);
		assert.equal(line.intended, "canary");
		assert.equal(line.served, "canary");
	},
);

test(
	"nginx: a caller always goes the same way, the share is about a tenth, and a larger one keeps who is in",
	options,
	async (t) => {
		const { proxy } = await openBoth(t);
		const tenth = await cohort(proxy);
		assert.ok(tenth.length >= 20 && tenth.length <= 62, `${tenth.length}`);
		assert.deepEqual(await cohort(proxy), tenth);

		proxy.write("split.conf", splitText(40));
		await proxy.reload();
		const more = await eventually(async () => {
			const found = await cohort(proxy);
			return found.length > tenth.length && found;
		});
		assert.ok(more.length >= 120 && more.length <= 200, `${more.length}`);
		assert.deepEqual(
			tenth.filter((caller) => !more.includes(caller)),
			[],
		);
	},
);

test(
	"nginx: who is in by its share gets a cookie, nobody else; a closed canary answers neither header nor cookie",
	options,
	async (t) => {
		const { proxy } = await openBoth(t);
		const [inside] = await cohort(proxy);
		const cookieOf = async (headers: Record<string, string>) =>
			(await proxy.ask("/", { headers })).headers["set-cookie"]?.[0] ?? "";
		assert.match(
			await cookieOf({ "x-orchestrator-client": inside ?? "" }),
			/^orchestrator_variant=canary; .*HttpOnly/,
		);
		assert.equal(await cookieOf({ "x-orchestrator-variant": "canary" }), "");
		assert.equal(await cookieOf({ cookie: "orchestrator_variant=canary" }), "");

		proxy.write("split.conf", splitText(0, { open: 0 }));
		await proxy.reload();
		await until(proxy, "stable");
		assert.deepEqual(await cohort(proxy), []);
		const cookie = "orchestrator_variant=canary";
		const { headers } = await proxy.ask("/", { headers: { cookie } });
		assert.equal(headers["x-deployment-variant"], "stable");
	},
);

test(
	"nginx: /canary/ is the canary's, with the path as it was sent; metrics are those of a named deployment",
	options,
	async (t) => {
		const { proxy, canary, stable } = await openBoth(t);
		const { text, headers } = await proxy.ask("/canary/api/v1/plans/a%2Fb?x=1");
		assert.equal(JSON.parse(text).url, "/api/v1/plans/a%2Fb?x=1");
		assert.equal(headers["x-deployment-variant"], "canary");
		assert.equal((await proxy.ask("/metrics")).status, 404);
		assert.equal((await proxy.ask("/canary/metrics")).status, 404);
		const named = async (variant: string) =>
			JSON.parse((await proxy.ask(`/metrics/${variant}`)).text);
		assert.deepEqual(await named("canary"), {
			...{ name: "canary", url: "/metrics", told: "canary" },
		});
		assert.equal((await named("stable")).name, "stable");

		proxy.write("scrapers.conf", "allow 10.9.9.9;\ndeny all;\n");
		await proxy.reload();
		await eventually(
			async () => (await proxy.ask("/metrics/canary")).status === 403,
		);
		proxy.point("canary", nobody);
		await proxy.reload();
		await eventually(async () => (await proxy.ask("/canary/x")).status === 502);
		assert.ok(canary.asked.length > 0 && stable.asked.length > 0);
	},
);

for (const [what, address] of [
	["refuses connections", nobody],
	["has a name that nobody knows", "canary.invalid:8080"],
] as const)
	test(
		`nginx: with a canary that ${what} it starts, and its callers are answered by stable`,
		options,
		async (t) => {
			const stable = await openInstance(t, "stable");
			const proxy = await startNginx(t, nginx, {
				stable: stable.address,
				canary: address,
			});
			const headers = { "x-orchestrator-variant": "canary" };
			for (const method of ["GET", "POST"]) {
				const body = method === "POST" ? "x".repeat(100_000) : undefined;
				const answer = await proxy.ask("/api/v1/plans", {
					...{ method, headers },
					...(body && { body }),
				});
				assert.equal(answer.status, 200, method);
				assert.equal(answer.headers["x-deployment-variant"], "stable");
				assert.equal(answer.headers["x-deployment-fallback"], "canary");
			}
		},
	);

test(
	"nginx: what a canary has begun to work on goes to stable only when repeating it does no harm",
	options,
	async (t) => {
		const stable = await openInstance(t, "stable");
		const canary = await openInstance(t, "canary", (request) => {
			request.on("data", () => {}).on("end", () => request.socket.destroy());
		});
		const proxy = await startNginx(t, nginx, {
			stable: stable.address,
			canary: canary.address,
		});
		const headers = { "x-orchestrator-variant": "canary" };
		const read = await proxy.ask("/api/v1/plans", { headers });
		assert.equal(read.status, 200);
		const write = { method: "POST", headers, body: "{}" };
		const { status } = await proxy.ask("/api/v1/plans", write);
		assert.equal(status, 502);
		assert.deepEqual(
			stable.asked.filter((one) => one.startsWith("POST")),
			[],
		);
		assert.equal(canary.asked.length, 2);
	},
);

test(
	"nginx: an instance's own failure is passed on; events come at once; a body of 4 MB goes through",
	options,
	async (t) => {
		let finish = () => {};
		const stable = await openInstance(t, "stable", (request, response) => {
			if (request.url === "/ill") return response.writeHead(503).end("ill");
			if (request.url === "/large") {
				let bytes = 0;
				request.on("data", (chunk) => {
					bytes += chunk.length;
				});
				return request.on("end", () => response.end(String(bytes)));
			}
			response.writeHead(200, {
				"content-type": "text/event-stream",
				"x-accel-buffering": "no",
			});
			response.write("data: first\n\n");
			finish = () => response.end();
		});
		const proxy = await startNginx(t, nginx, {
			stable: stable.address,
			canary: nobody,
		});
		assert.equal((await proxy.ask("/ill")).text, "ill");
		const body = "x".repeat(4 * 1024 * 1024);
		const large = await proxy.ask("/large", { method: "POST", body });
		assert.equal(large.text, String(body.length));
		const events = await fetch(`${proxy.address}/api/v1/events`);
		const reader = events.body?.getReader();
		const { value } = (await reader?.read()) ?? {};
		assert.equal(Buffer.from(value ?? []).toString(), "data: first\n\n");
		finish();
		await reader?.read();
	},
);
