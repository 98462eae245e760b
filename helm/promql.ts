import { parser } from "@prometheus-io/lezer-promql";

/** Grafana's own word in place of a time, and a time that is as long, so that places in the text stay the same. */
const INTERVAL = "$__rate_interval";
const STAND_IN = "00000000000060s".padStart(INTERVAL.length, "0");

/** One use of a metric in PromQL. */
export interface Selector {
	metric: string;
	/** Its labels that are matched, with what they are matched against. */
	labels: { name: string; operator: string; value: string }[];
	/** Functions it is given to, the innermost first: rate, sum. */
	within: string[];
	/** Labels it is grouped by. */
	groupedBy: string[];
	/** Where its labels may be added in the text, and what must stand around them. */
	insertAt: number;
	hasBraces: boolean;
}

/** Every selector of a query, in order. Throws where it is not PromQL. */
export function readSelectors(query: string): Selector[] {
	const text = query.replaceAll(INTERVAL, STAND_IN);
	const selectors: Selector[] = [];
	parser.parse(text).iterate({
		enter(node) {
			if (node.type.isError)
				throw new Error(`not PromQL at character ${node.from}: ${query}`);
			if (node.name === "VectorSelector")
				selectors.push(readSelector(node.node, text));
		},
	});
	return selectors;
}

/** The query with one more matcher in every selector. */
export function withMatcher(query: string, matcher: string): string {
	return readSelectors(query).reduceRight(
		(text, { insertAt, hasBraces }) =>
			text.slice(0, insertAt) +
			(hasBraces ? `${matcher},` : `{${matcher}}`) +
			text.slice(insertAt),
		query,
	);
}

type Node = ReturnType<typeof parser.parse>["topNode"];

function readSelector(node: Node, text: string): Selector {
	const textOf = (part: Node | null) =>
		part === null ? "" : text.slice(part.from, part.to);
	const braces = node.getChild("LabelMatchers");
	const labels = (braces?.getChildren("UnquotedLabelMatcher") ?? []).map(
		(matcher) => ({
			name: textOf(matcher.getChild("LabelName")),
			operator: textOf(matcher.getChild("MatchOp")),
			value: textOf(matcher.getChild("StringLiteral")).slice(1, -1),
		}),
	);
	const within: string[] = [];
	const groupedBy: string[] = [];
	for (let outer = node.parent; outer !== null; outer = outer.parent) {
		if (outer.name === "FunctionCall")
			within.push(textOf(outer.getChild("FunctionIdentifier")));
		if (outer.name !== "AggregateExpr") continue;
		within.push(textOf(outer.getChild("AggregateOp")));
		const grouping = outer
			.getChild("AggregateModifier")
			?.getChild("GroupingLabels");
		for (const label of grouping?.getChildren("LabelName") ?? [])
			groupedBy.push(textOf(label));
	}
	const name = node.getChild("Identifier");
	return {
		metric: textOf(name),
		...{ labels, within, groupedBy },
		hasBraces: braces !== null,
		insertAt: braces === null ? (name?.to ?? node.to) : braces.from + 1,
	};
}
