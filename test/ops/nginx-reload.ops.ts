import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";
import { eventually } from "../support/eventually.ts";
import { openInstance, startNginx } from "./nginx.ts";

const nginx = await haveTool("nginx");
const options = { skip: nginx.missing };
const nobody = "127.0.0.1:1";

test(
	"nginx: a switch under load finishes what is under way and refuses nothing",
	options,
	async (t) => {
		const slow = (name: string): RequestListener => {
			return (_, response) => setTimeout(() => response.end(name), 30);
		};
		const blue = await openInstance(t, "blue", slow("blue"));
		const green = await openInstance(t, "green", slow("green"));
		const proxy = await startNginx(t, nginx, {
			stable: blue.address,
			canary: nobody,
		});
		const answers: Record<string, number> = {};
		let isOver = false;
		const client = async () => {
			const headers = { "x-orchestrator-variant": "stable" };
			while (!isOver) {
				const { status, text } = await proxy
					.ask("/", { headers })
					.catch((error: Error) => ({ status: 0, text: error.message }));
				const key = status === 200 ? text : `failed: ${status} ${text}`;
				answers[key] = (answers[key] ?? 0) + 1;
			}
		};
		const clients = Array.from({ length: 16 }, client);
		const sees = (name: string) => {
			const before = answers[name] ?? 0;
			return eventually(() => (answers[name] ?? 0) > before + 50);
		};
		await sees("blue");
		for (const [name, { address }] of [
			["green", green],
			["blue", blue],
			["green", green],
		] as const) {
			proxy.point("stable", address);
			await proxy.reload();
			await sees(name);
		}
		isOver = true;
		await Promise.all(clients);
		assert.deepEqual(Object.keys(answers).sort(), ["blue", "green"]);
		t.diagnostic(`answered: ${JSON.stringify(answers)}`);
	},
);

test(
	"nginx: a broken file is refused, and the configuration before goes on",
	options,
	async (t) => {
		const stable = await openInstance(t, "stable");
		const proxy = await startNginx(t, nginx, {
			stable: stable.address,
			canary: nobody,
		});
		proxy.write("split.conf", "split_clients nonsense;\n");
		await assert.rejects(proxy.reload());
		assert.equal((await proxy.ask("/")).status, 200);
	},
);
