import type { RunningServer } from "./stack-record.ts";

/** Answers a table for people: server, kind, address, seconds; and the addresses for a browser below. */
export function formatServers(servers: readonly RunningServer[]): string {
	const rows = servers.map(({ name, kind, address, readyMs }) => [
		name,
		kind,
		address,
		(readyMs / 1000).toFixed(1),
	]);
	const pages = servers.flatMap(({ name, uiAddress }) =>
		uiAddress ? [`${name} web UI: ${uiAddress}`] : [],
	);
	const header = ["server", "kind", "address", "seconds"];
	return [...formatTable([header, ...rows]), ...pages].join("\n");
}

/** Answers the rows as lines with aligned columns. */
export function formatTable(
	rows: readonly (readonly string[])[],
): readonly string[] {
	const widths: number[] = [];
	for (const row of rows) {
		row.forEach((cell, i) => {
			widths[i] = Math.max(widths[i] ?? 0, cell.length);
		});
	}
	return rows.map((row) =>
		row
			.map((cell, i) => cell.padEnd(widths[i] ?? 0))
			.join("  ")
			.trimEnd(),
	);
}
