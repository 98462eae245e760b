import { settingsSchema } from "../src/config-schema.ts";
import {
	describeRule,
	settingFacts,
} from "../src/settings/describe-setting.ts";
import type { SettingFacts } from "../src/settings/setting.ts";

/** Every setting as a Markdown table. */
function configurationTable(): string {
	const rows = settingFacts(settingsSchema).map(({ name, required, facts }) => {
		const standard = required
			? "**required**"
			: facts.default === undefined
				? "not set"
				: `\`${String(facts.default)}\``;
		const cells = [
			`\`${name}\``,
			standard,
			escapeCell(describeRule(facts)),
			escapeCell(facts.description + fileNote(name, facts)),
		];
		return `| ${cells.join(" | ")} |`;
	});
	return [
		"| Variable | Default | Must be | Meaning |",
		"| --- | --- | --- | --- |",
		...rows,
	].join("\n");
}

/** The README with the table of today between its markers. */
export function withConfiguration(readme: string): string {
	return withPart(readme, "configuration", configurationTable());
}

/** The text with a part made anew between its markers. Throws when it has none. */
export function withPart(text: string, name: string, part: string): string {
	const [first, last] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
	const begin = text.indexOf(first);
	const end = text.indexOf(last);
	if (begin < 0 || end < begin)
		throw new Error(`the text has no ${first} ... ${last}`);
	return `${text.slice(0, begin)}${first}\n${part}\n${text.slice(end)}`;
}

/** `.env.example`: required settings with an example, the others commented out with their default. */
export function envExample(): string {
	const entries = settingFacts(settingsSchema).map(
		({ name, required, facts }) => {
			const value = required
				? `${name}=${facts.example}`
				: `#${name}=${String(facts.default ?? facts.example)}`;
			const meaning = `${facts.description}${fileNote(name, facts)}`;
			return `# ${meaning} (${describeRule(facts)})\n${value}\n`;
		},
	);
	return `# Made from src/config-schema.ts by \`npm run docs\`; do not edit.\n\n${entries.join("\n")}`;
}

function fileNote(name: string, { secret }: SettingFacts): string {
	return secret === undefined ? "" : `; or ${name}_FILE, a file with it`;
}

function escapeCell(text: string): string {
	return text.replaceAll("|", "\\|");
}
