import {
	earlierSettings,
	type Fate,
} from "../src/settings/earlier-settings.ts";
import {
	collections,
	type EarlierName,
	endpoints,
	keptMetrics,
	keptSettings,
	logEvents,
	metrics,
	topics,
} from "./earlier-names.ts";

/** Every name of the earlier service and what became of it, as Markdown. */
export function migrationTables(): string {
	const others = Object.entries(earlierSettings).map(([name, fate]) => ({
		name,
		now: describe(fate),
	}));
	return [
		section("Settings", [...keep(keptSettings), ...others]),
		section("Topics", topics),
		section("REST and gRPC", endpoints),
		section("Collections of MongoDB", collections),
		section("Metrics", [...keep(keptMetrics), ...metrics]),
		section("Log events", logEvents),
	].join("\n\n");
}

function keep(names: readonly string[]): EarlierName[] {
	return names.map((name) => ({ name, now: "kept" }));
}

function describe(fate: Fate): string {
	if (fate.kind === "gone") return `gone: ${fate.why}`;
	const note = fate.note === undefined ? "" : `: ${fate.note}`;
	return `\`${fate.name}\`${note}`;
}

/** A table with a row for each fate. */
function section(title: string, names: readonly EarlierName[]): string {
	const rows = [...Map.groupBy(names, ({ now }) => now)].map(
		([now, ones]) =>
			`| ${ones.map(({ name }) => `\`${name}\``).join(" ")} | ${now} |`,
	);
	return [
		`### ${title}`,
		"",
		"| Earlier | Now |",
		"| --- | --- |",
		...rows,
	].join("\n");
}
