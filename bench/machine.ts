import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import {
	measuredSdkVersions,
	sdkVersion,
} from "../src/temporal/workflow-thread.ts";
import type { RunningServer } from "../stack/stack-record.ts";

const require = createRequire(import.meta.url);

/** What the figures depend on beside us. */
export function describeMachine(
	servers: readonly RunningServer[],
	loadBefore: number,
): Record<string, unknown> {
	const cores = cpus();
	return {
		node: process.version,
		temporalSdk: sdkVersion(),
		workflowThread: measuredSdkVersions.includes(sdkVersion())
			? "lean"
			: "the SDK's own",
		kafkajs: versionOf("kafkajs"),
		mongodbDriver: versionOf("mongodb"),
		servers: Object.fromEntries(servers.map(({ name, kind }) => [name, kind])),
		cores: `${cores.length} x ${cores[0]?.model.trim() ?? "unknown"}`,
		memoryGb: Math.round(totalmem() / 2 ** 30),
		loadAverageBefore: loadBefore,
		loadAverageAfter: Number(loadavg()[0]?.toFixed(2)),
	};
}

function versionOf(name: string): string {
	const file = require.resolve(`${name}/package.json`);
	return JSON.parse(readFileSync(file, "utf8")).version;
}
