import { createServer } from "node:net";
import { readAnswer } from "../read-answer.ts";

const HOST = "127.0.0.1";
const READ_TIMEOUT_MS = 1_000;
const MAX_BYTES = 16 * 1_048_576;

/**
 * A free address of this machine alone, where the SDK shows its metrics. It counts outside of JavaScript there,
 * where `MetricsBuffer` would hand over each value; which costs less was not measured.
 */
export async function findMetricsAddress(): Promise<string> {
	const server = createServer();
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	server.once("error", reject);
	server.listen({ host: HOST, port: 0 }, () => {
		const { port } = server.address() as { port: number };
		server.close(() => resolve(`${HOST}:${port}`));
	});
	return await promise;
}

/** The SDK's metrics in the format of OpenMetrics. Rejects while there is no SDK at that address. */
export async function readSdkMetrics(address: string): Promise<string> {
	const response = await fetch(`http://${address}/metrics`, {
		signal: AbortSignal.timeout(READ_TIMEOUT_MS),
	});
	return toOpenMetrics((await readAnswer(response, MAX_BYTES)).toString());
}

/** In OpenMetrics the family of a counter has no `_total`, its samples have one, and there are no empty lines. */
export function toOpenMetrics(text: string): string {
	const counters = new Set(
		[...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name),
	);
	const lines = text
		.split("\n")
		.filter((line) => line !== "" && line !== "# EOF");
	return lines
		.map((line) => {
			const [, head = "", name = ""] =
				/^(# (?:TYPE|HELP) )?([^\s{]+)/.exec(line) ?? [];
			const rest = line.slice(head.length + name.length);
			if (!counters.has(name)) return `${line}\n`;
			const family = name.replace(/_total$/, "");
			return `${head}${family}${head === "" ? "_total" : ""}${rest}\n`;
		})
		.join("");
}
