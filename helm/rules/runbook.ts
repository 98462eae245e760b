import type { Rule, RuleGroup } from "./read-rules.ts";

const BEGIN = "<!-- alerts:begin -->";
const END = "<!-- alerts:end -->";

/** The runbook with a section for each alert between its markers. Throws when it has no markers. */
export function withAlerts(runbook: string, groups: readonly RuleGroup[]) {
	const begin = runbook.indexOf(BEGIN);
	const end = runbook.indexOf(END);
	if (begin < 0 || end < begin)
		throw new Error(`docs/runbook.md has no ${BEGIN} ... ${END}`);
	const sections = groups.flatMap(({ name, rules }) => [
		`## ${titleOf(name)}`,
		...rules.map(sectionOf),
	]);
	return `${runbook.slice(0, begin + BEGIN.length)}\n${sections.join("\n\n")}\n${runbook.slice(end)}`;
}

function titleOf(name: string): string {
	return name.replace("orchestrator-", "Alerts: ");
}

function sectionOf(rule: Rule): string {
	const { alert, expr, annotations, labels } = rule;
	const lasts = rule.for === undefined ? "at once" : `when for ${rule.for}`;
	return `### ${alert}

${capital(withoutTemplates(annotations.summary))}. **${labels.severity}**, dashboard \`${labels.dashboard}\`.

${annotations.impact}

1. ${annotations.step1}
2. ${annotations.step2}
3. ${annotations.step3}

Fires ${lasts}:

\`\`\`promql
${expr}
\`\`\``;
}

/** `{{ $labels.topic }}` becomes its name, and a number N. */
function withoutTemplates(text: string): string {
	return text
		.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, "<$1>")
		.replaceAll(/\{\{ \$value[^}]*\}\}/g, "N");
}

function capital(text: string): string {
	return text.slice(0, 1).toUpperCase() + text.slice(1);
}
