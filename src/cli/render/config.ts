import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./text.ts";

export interface SettingLine {
	name: string;
	/** Secrets masked; null when it is not set and has no default. */
	value: string | null;
	source: string;
	origin: string | null;
}

export interface ConfigReport {
	settings: SettingLine[];
	problems: string[];
	warnings: string[];
}

/** Every setting with its value and source, then the problems. */
export function renderConfig(
	{ settings, problems, warnings }: ConfigReport,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	const isDefault = ({ source }: SettingLine) =>
		source === "default" || source === "unset";
	const table = renderTable(
		[
			{
				title: "SETTING",
				text: ({ name }: SettingLine) => name,
				tone: (line) => (isDefault(line) ? "dim" : "strong"),
			},
			{
				title: "VALUE",
				flexible: true,
				text: ({ value }) => value ?? "not set",
				tone: (line) => (isDefault(line) ? "dim" : undefined),
			},
			{ title: "FROM", text: ({ source }) => source },
			{
				title: "WHERE",
				spare: 1,
				flexible: true,
				text: ({ origin }) => origin ?? "",
			},
		],
		settings,
		frame,
	);
	const list = (title: string, tone: "bad" | "waiting", lines: string[]) =>
		lines.length === 0
			? []
			: [
					"",
					paint("strong", `${title} (${lines.length})`),
					...lines.flatMap((line) =>
						wrap(`  ${line}`, width, "    ").map((one) => paint(tone, one)),
					),
				];
	return [
		...(settings.length === 0 ? ["everything is at its default"] : table),
		...list("problems: the service will not start", "bad", problems),
		...list("warnings", "waiting", warnings),
	];
}
