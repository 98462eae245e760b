import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { createNginxSwitch } from "../../src/deploy/nginx-switch.ts";
import { writeUpstream } from "../../src/deploy/upstream-file.ts";
import type { HealthCheck } from "../../src/http/health.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { openHttp } from "../support/http.ts";
import { startNginx } from "./nginx.ts";

const nginx = await haveTool("nginx");
const options = { skip: nginx.missing };

const check = (isUp: () => boolean): HealthCheck => ({
	name: "redis",
	required: false,
	async check() {
		if (!isUp()) throw new Error("away");
	},
});

/** Two of our servers, builds 1 and 2, behind nginx. */
async function openSwitch(t: TestContext, isGreenUp = () => true) {
	const open = async (build: string, isUp = () => true) => {
		const service = { name: "o", version: "1", build };
		const { app } = await openHttp(t, {}, [check(isUp)], { service });
		await app.listen({ host: "127.0.0.1", port: 0 });
		return { app, port: (app.server.address() as AddressInfo).port };
	};
	const blue = await open("1");
	const green = await open("2", isGreenUp);
	const proxy = await startNginx(t, nginx, {
		stable: `127.0.0.1:${blue.port}`,
		canary: "127.0.0.1:1",
	});
	const settings = {
		upstreamFile: path.join(proxy.folder, "upstreams/stable.conf"),
		pidFile: path.join(proxy.folder, "run/nginx.pid"),
		proxyUrl: proxy.address,
		ports: { blue: blue.port, green: green.port },
		health: { minScore: 75, tries: 2, pauseMs: 10 },
		followMs: 4_000,
	};
	const buildBehind = async () =>
		JSON.parse((await proxy.ask("/version")).text).build_id as string;
	return { blue, green, proxy, settings, buildBehind };
}

test(
	"nginx switch: there and back, and requests follow; repeating it does nothing",
	options,
	async (t) => {
		const { settings, buildBehind } = await openSwitch(t);
		const http = createNginxSwitch(settings);
		assert.equal(await http.current(), "blue");
		await http.switchTo("green");
		assert.equal(await buildBehind(), "2");
		assert.equal(await http.current(), "green");
		const written = readFileSync(settings.upstreamFile, "utf8");
		await http.switchTo("green");
		assert.equal(readFileSync(settings.upstreamFile, "utf8"), written);
		await http.switchTo("blue");
		assert.equal(await buildBehind(), "1");
	},
);

test("nginx switch: under load no request is refused", options, async (t) => {
	const { settings, proxy } = await openSwitch(t);
	const http = createNginxSwitch(settings);
	const builds: Record<string, number> = {};
	let isOver = false;
	const client = async () => {
		while (!isOver) {
			const { status, text } = await proxy
				.ask("/version")
				.catch((error: Error) => ({ status: 0, text: error.message }));
			const key =
				status === 200 ? JSON.parse(text).build_id : `${status} ${text}`;
			builds[key] = (builds[key] ?? 0) + 1;
		}
	};
	const clients = Array.from({ length: 8 }, client);
	for (const side of ["green", "blue", "green"] as const)
		await http.switchTo(side);
	isOver = true;
	await Promise.all(clients);
	assert.deepEqual(Object.keys(builds).sort(), ["1", "2"]);
	t.diagnostic(`answered by build: ${JSON.stringify(builds)}`);
});

test(
	"nginx switch: after a crash between the file and nginx, the truth is what nginx answers, and the switch goes on",
	options,
	async (t) => {
		const { settings, buildBehind } = await openSwitch(t);
		const { port } = new URL(`http://x:${settings.ports.green}`);
		await writeUpstream(settings.upstreamFile, `127.0.0.1:${port}`);
		const http = createNginxSwitch(settings);
		assert.equal(await http.current(), "blue");
		await http.switchTo("green");
		assert.equal(await buildBehind(), "2");
	},
);

test(
	"nginx switch: an instance that is not there gets no requests, and the file stays",
	options,
	async (t) => {
		const { settings, green, buildBehind } = await openSwitch(t);
		const before = readFileSync(settings.upstreamFile, "utf8");
		await green.app.close();
		const http = createNginxSwitch(settings);
		await assert.rejects(http.switchTo("green"), {
			code: "DEPLOY_UNAVAILABLE",
		});
		assert.equal(readFileSync(settings.upstreamFile, "utf8"), before);
		assert.equal(await buildBehind(), "1");
		const { healthy, detail } = await http.check("green", "2");
		assert.equal(healthy, false);
		assert.match(detail, /green instance on port \d+ does not answer/);
	},
);

test(
	"nginx switch: when nginx does not follow, its file is put back",
	options,
	async (t) => {
		const { settings, proxy, buildBehind } = await openSwitch(t);
		// nginx refuses everything from now on, and goes on with what it has.
		proxy.write("split.conf", "split_clients nonsense;\n");
		const http = createNginxSwitch({ ...settings, followMs: 500 });
		await assert.rejects(
			http.switchTo("green"),
			/did not go over to the green/,
		);
		assert.match(
			readFileSync(settings.upstreamFile, "utf8"),
			new RegExp(`:${settings.ports.blue}"`),
		);
		assert.equal(await buildBehind(), "1");
	},
);

test(
	"nginx switch: a process id that is somebody else's is left alone",
	options,
	async (t) => {
		const { settings } = await openSwitch(t);
		writeFileSync(settings.pidFile, `${process.pid}\n`);
		const http = createNginxSwitch(settings);
		await assert.rejects(
			http.switchTo("green"),
			/is (node|MainThread)[^,]*, not nginx/,
		);
	},
);

test(
	"nginx switch: the check is of the build that is meant, by its score",
	options,
	async (t) => {
		let isUp = true;
		const { settings } = await openSwitch(t, () => isUp);
		const http = createNginxSwitch(settings);
		const well = await http.check("green", "2");
		assert.equal(well.healthy, true, well.detail);
		assert.match(
			(await http.check("green", "3")).detail,
			/build 2 answers there/,
		);
		isUp = false;
		const stranger = createServer((_, response) => response.end('{"ok":true}'));
		const { promise, resolve } = Promise.withResolvers<void>();
		stranger.listen(0, "127.0.0.1", resolve);
		await promise;
		t.after(() => void stranger.close());
		const { port } = stranger.address() as AddressInfo;
		const foreign = createNginxSwitch({
			...settings,
			ports: { ...settings.ports, green: port },
		});
		const { healthy, detail } = await foreign.check("green", "2");
		assert.equal(healthy, false);
		assert.match(detail, /is another program's/);
	},
);
