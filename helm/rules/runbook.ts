import { withPart } from "../../docs/configuration.ts";
import type { Rule, RuleGroup } from "./read-rules.ts";

/** The runbook with a section for each alert between its markers. */
export function withAlerts(
	runbook: string,
	groups: readonly RuleGroup[],
): string {
	const sections = groups.flatMap(({ name, rules }) => [
		`## ${titleOf(name)}`,
		...rules.map(sectionOf),
	]);
	return withPart(runbook, "alerts", sections.join("\n\n"));
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
