import { spawn } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";

const root = path.join(import.meta.dirname, "../..");
export const prod = "orchestrator-api";
export const canary = "orchestrator-canary-api";

/** What each variant shows: requests, failed ones, 95th percentile. undefined: Prometheus knows nothing of it. */
export interface Shown {
	stable?: [number, number, number];
	canary?: [number, number, number];
}

/** Two deployments, the canary with another image; `fails`: a pattern of calls that fail. */
export async function openCluster(
	t: TestContext,
	{
		fails = "",
		show = () => healthy,
	}: {
		fails?: string;
		show?: (calls: string[]) => Shown | Promise<Shown>;
	} = {},
) {
	const folder = mkdtempSync(path.join(tmpdir(), "kube-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const bin = path.join(folder, "bin");
	mkdirSync(bin);
	symlinkSync(
		path.join(import.meta.dirname, "kubectl.sh"),
		path.join(bin, "kubectl"),
	);
	const write = (name: string, value: string) =>
		writeFileSync(path.join(folder, name), value);
	const read = (name: string) => {
		try {
			return readFileSync(path.join(folder, name), "utf8");
		} catch {
			return "";
		}
	};
	const calls = () => read("calls").split("\n").filter(Boolean);
	write("fails", fails);
	write(`${prod}.image`, "r/o:1");
	write(`${prod}.revision`, "7");
	write(`${prod}.version`, "41");
	write(`${prod}.image-of-6`, "r/o:0");
	write(`${canary}.image`, "r/o@sha256:2");
	write(`${canary}.replicas`, "2");
	const prometheus = createServer(async (request, response) => {
		const query = new URL(request.url ?? "", "http://x").searchParams.get(
			"query",
		);
		const variant = query?.includes('variant="canary"') ? "canary" : "stable";
		const shown = (await show(calls()))[variant];
		const [count, failed, p95] = shown ?? [];
		const value = query?.includes("quantile")
			? p95
			: query?.includes('"5..')
				? failed
				: count;
		const series = [{ metric: {}, value: [1, String(value)] }];
		const result = value === undefined ? [] : series;
		response.end(JSON.stringify({ status: "success", data: { result } }));
	});
	const { promise, resolve } = Promise.withResolvers<void>();
	prometheus.listen(0, "127.0.0.1", resolve);
	await promise;
	t.after(() => void prometheus.close());
	const { port } = prometheus.address() as AddressInfo;
	return {
		read,
		calls,
		/** Calls that change something. */
		changes: () =>
			calls().filter((call) => !/^get |^rollout history/.test(call)),
		events: () =>
			read("log.jsonl")
				.split("\n")
				.filter(Boolean)
				.map((line) => JSON.parse(line) as { event: string; detail: string })
				.map(({ event }) => event),
		async run(
			script: "promote" | "rollback",
			args: string[] = [],
			env: Record<string, string> = {},
		) {
			const child = spawn(
				path.join(root, `deploy/canary_${script}.sh`),
				["--actor", "ada", ...args],
				{
					env: {
						PATH: `${bin}:${process.env.PATH}`,
						KUBE: folder,
						RELEASE_LOG: path.join(folder, "log.jsonl"),
						PROMETHEUS_URL: `http://127.0.0.1:${port}`,
						OBSERVE_BEFORE_SECONDS: "3",
						OBSERVE_AFTER_SECONDS: "2",
						OBSERVE_EVERY_SECONDS: "1",
						...env,
					},
				},
			);
			const output = text(child.stderr);
			const ended = Promise.withResolvers<number | null>();
			child.once("close", ended.resolve);
			return { status: await ended.promise, output: await output };
		},
	};
}

export const healthy: Shown = { stable: [900, 9, 0.2], canary: [200, 2, 0.21] };
