import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json } from "node:stream/consumers";
import { parse, stringify } from "yaml";
import { rulesFile } from "../../helm/rules/read-rules.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import type { ToolAtHand } from "../../stack/ops-tools.ts";
import { type Command, spawnServer } from "../../stack/server-process.ts";
import { waitUntil } from "../../stack/wait-until.ts";

interface Hooks {
	after(close: () => Promise<void> | void): void;
}

/** One series of an answer of Prometheus. */
export interface Answer {
	metric: Record<string, string>;
	value: number;
}

const chart = path.join(import.meta.dirname, "../../helm/alertmanager");
const READY_TIMEOUT_MS = 20_000;
const STOP_GRACE_MS = 5_000;

/** The chart's configuration, except that it is quick, and that its messages and secrets stay on this machine. */
export function writeAlertmanagerConfig(folder: string, hookUrl: string) {
	const file = path.join(folder, "alertmanager.yml");
	const secret = (name: string, value: string) => {
		writeFileSync(path.join(folder, name), value);
		return path.join(folder, name);
	};
	const config = parse(
		readFileSync(path.join(chart, "alertmanager.yml"), "utf8"),
	);
	config.global.slack_api_url_file = secret("slack", `${hookUrl}/slack`);
	config.global.pagerduty_url = `${hookUrl}/pagerduty`;
	config.templates = [path.join(chart, "orchestrator.tmpl")];
	Object.assign(config.route, { group_wait: "1s", group_interval: "2s" });
	for (const { pagerduty_configs = [] } of config.receivers)
		for (const one of pagerduty_configs)
			one.routing_key_file = secret("pagerduty", "a-routing-key");
	writeFileSync(file, stringify(config));
	return file;
}

/** A real Prometheus that scrapes the target each second; `alertsTo` names an Alertmanager for our rules. */
export async function startPrometheus(
	hooks: Hooks,
	{ folder: tool }: ToolAtHand,
	folder: string,
	{ target, alertsTo }: { target: string; alertsTo?: string },
) {
	const [port] = await findFreePorts(1);
	const config = {
		global: { scrape_interval: "1s", evaluation_interval: "1s" },
		scrape_configs: [
			{ job_name: "orchestrator", static_configs: [{ targets: [target] }] },
		],
		...(alertsTo && {
			rule_files: [writeQuickRules(folder)],
			alerting: {
				alertmanagers: [{ static_configs: [{ targets: [alertsTo] }] }],
			},
		}),
	};
	const file = path.join(folder, "prometheus.yml");
	writeFileSync(file, stringify(config));
	const url = `http://127.0.0.1:${port}`;
	await run(hooks, `${url}/-/ready`, path.join(folder, "prometheus.log"), {
		program: path.join(tool, "usr/bin/prometheus"),
		args: [
			`--config.file=${file}`,
			`--storage.tsdb.path=${path.join(folder, "data")}`,
			`--web.listen-address=127.0.0.1:${port}`,
			"--enable-feature=exemplar-storage",
		],
	});
	return { url, ...queriesOf(url) };
}

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

function queriesOf(url: string) {
	const ask = async (path: string, fields: Record<string, string>) => {
		const body = new URLSearchParams(fields);
		const response = await fetch(`${url}/api/v1/${path}`, {
			method: "POST",
			body,
		});
		const { data, error } = (await response.json()) as {
			data?: {
				result: {
					metric: Record<string, string>;
					value: [number, string];
					values: [number, string][];
				}[];
			};
			error?: string;
		};
		if (data === undefined) throw new Error(`${fields.query}: ${error}`);
		return data.result;
	};
	return {
		/** The value of each series now; what is not a number counts as not there. */
		async query(query: string): Promise<Answer[]> {
			const result = await ask("query", { query });
			return result
				.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
				.filter(({ value }) => !Number.isNaN(value));
		},
		/** Each series over the last minutes: Unix seconds and values. */
		async course(query: string, minutes: number, step: number) {
			// Whole steps, so that all series have points at the same times.
			const end = Math.floor(Date.now() / 1_000 / step) * step;
			const fields = {
				query,
				start: String(end - minutes * 60),
				end: String(end),
				step: String(step),
			};
			return (await ask("query_range", fields)).map(({ metric, values }) => ({
				metric,
				points: values.map(([at, text]): [number, number] => [
					at,
					Number(text),
				]),
			}));
		},
	};
}

/** Our rules, except that none waits before it fires. */
function writeQuickRules(folder: string): string {
	const file = path.join(folder, "rules.yml");
	const text = readFileSync(rulesFile, "utf8");
	writeFileSync(file, text.replaceAll(/^( *for:) \w+$/gm, "$1 1s"));
	return file;
}

/** A real Alertmanager with the chart's configuration; answers its address. */
export async function startAlertmanager(
	hooks: Hooks,
	{ folder: tool }: ToolAtHand,
	folder: string,
	hookUrl: string,
): Promise<string> {
	const [port] = await findFreePorts(1);
	const address = `127.0.0.1:${port}`;
	// Debian's program wants its templates at an absolute path, which only this process sees.
	const share = path.join(tool, "usr/share/prometheus");
	await run(
		hooks,
		`http://${address}/-/ready`,
		path.join(folder, "alertmanager.log"),
		{
			program: path.join(tool, "usr/bin/bwrap"),
			args: [
				...[
					"--die-with-parent",
					"--dev-bind",
					"/",
					"/",
					"--tmpfs",
					"/usr/share",
				],
				...["--ro-bind", share, "/usr/share/prometheus"],
				path.join(tool, "usr/bin/prometheus-alertmanager"),
				`--config.file=${writeAlertmanagerConfig(folder, hookUrl)}`,
				`--storage.path=${path.join(folder, "alertmanager")}`,
				`--web.listen-address=${address}`,
				"--cluster.listen-address=",
			],
		},
	);
	return address;
}

async function run(
	hooks: Hooks,
	readyUrl: string,
	log: string,
	command: Command,
) {
	const server = spawnServer(command, log);
	hooks.after(() => server.end(STOP_GRACE_MS));
	await waitUntil(async () => (await fetch(readyUrl)).ok, {
		timeoutMs: READY_TIMEOUT_MS,
		what: `${readyUrl}, log in ${log}`,
	});
}

/** A webhook that keeps what it is told, by path. */
export async function openWebhook(hooks: Hooks) {
	const told: { path: string; body: Record<string, unknown> }[] = [];
	const server = createServer(async (request, response) => {
		told.push({
			path: request.url ?? "",
			body: (await json(request)) as Record<string, unknown>,
		});
		response.end(JSON.stringify({ status: "success" }));
	});
	const { promise, resolve } = Promise.withResolvers<void>();
	server.listen(0, "127.0.0.1", resolve);
	await promise;
	hooks.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		told: (path: string) => told.filter((one) => one.path === path),
	};
}
