import { readFileSync } from "node:fs";
import path from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parse } from "yaml";

/** Units by Grafana's names; a share is 0 to 1, percent 0 to 100. */
export const units = {
	plain: "short",
	"per second": "ops",
	seconds: "s",
	share: "percentunit",
	percent: "percent",
	bytes: "bytes",
} as const;
export type Unit = keyof typeof units;

/** What an empty panel says: something is wrong, or nothing happened. */
export const NO_DATA = "no data";
export const NOTHING_NOW = "nothing in this time";

const kinds = ["stat", "lines", "bars", "table"] as const;
type Kind = (typeof kinds)[number];

const text = Type.Optional(Type.String());
const texts = Type.Optional(Type.Record(Type.String(), Type.String()));
const fields = <T extends Type.TProperties>(properties: T) =>
	Type.Object(properties, { additionalProperties: false });

/** One picture. Its kind is the key of its title. */
const panelSchema = fields({
	...{ stat: text, lines: text, bars: text, table: text },
	query: text,
	/** By legend; `{{label}}` in it stands for a label's value. */
	queries: texts,
	unit: Type.Optional(Type.Enum(Object.keys(units) as Unit[])),
	/** From where on a value is yellow, and red. */
	limits: Type.Optional(
		fields({
			yellow: Type.Optional(Type.Number()),
			red: Type.Number(),
			bad: Type.Optional(Type.Literal("below")),
		}),
	),
	/** Words in place of numbers, with their colours. */
	words: Type.Optional(
		Type.Record(
			Type.String(),
			Type.Tuple([Type.String(), Type.Enum(["green", "yellow", "red"])]),
		),
	),
	shows: Type.String(),
	/** With commands of ours; `when red` of a panel that can be red. */
	...{ "when red": text, "what to do": text },
	/** Why there may rightly be nothing to see; without it an empty panel says "no data", and something is wrong. */
	"when empty": text,
});

const dashboardSchema = fields({
	...{ uid: Type.String(), title: Type.String(), about: Type.String() },
	/** Labels to choose by, each with a metric that has it. */
	choices: texts,
	rows: Type.Array(
		fields({
			title: Type.String(),
			panels: Type.Optional(Type.Array(panelSchema)),
			/** In place of panels: those of the first row of another dashboard. */
			"same as": text,
		}),
	),
});

type WrittenPanel = Static<typeof panelSchema>;
type WrittenDashboard = Static<typeof dashboardSchema>;

export interface Panel extends Pick<WrittenPanel, "limits" | "words"> {
	kind: Kind;
	title: string;
	queries: Record<string, string>;
	unit: Unit;
	shows: string;
	todo: string;
	/** What an empty panel says. */
	empty: string;
	canBeRed: boolean;
}

export interface Dashboard extends Omit<WrittenDashboard, "rows"> {
	rows: { title: string; panels: Panel[] }[];
}

/** Names of the dashboards, which are those of their files. */
export const dashboardNames = [
	...(["flow-c", "sla-compliance", "scheduler", "policy"] as const),
	...(["temporal-workers", "kafka", "service-health"] as const),
	...(["orchestration-ab", "ml-predictions"] as const),
];

/** Reads a dashboard; throws naming what is wrong. */
export function readDashboard(name: string): Dashboard {
	const file = path.join(import.meta.dirname, `${name}.yaml`);
	const written: unknown = parse(readFileSync(file, "utf8"));
	const [fault] = Value.Errors(dashboardSchema, written);
	if (fault !== undefined)
		throw new Error(`${name}.yaml${fault.instancePath}: ${fault.message}`);
	const { rows, ...head } = written as WrittenDashboard;
	return {
		...head,
		rows: rows.map(({ title, panels = [], "same as": other }) => ({
			title,
			panels:
				other === undefined
					? panels.map(readPanel)
					: (readDashboard(other).rows[0]?.panels ?? []),
		})),
	};
}

function readPanel(written: WrittenPanel): Panel {
	const { limits, words, shows, query, unit = "plain" } = written;
	const kind = kinds.find((one) => written[one] !== undefined);
	const title = kind && written[kind];
	const canBeRed = limits !== undefined || words !== undefined;
	const todo = written[canBeRed ? "when red" : "what to do"];
	if (kind === undefined || title === undefined || todo === undefined)
		throw new Error(`panel ${title} needs a kind, and what to do`);
	const queries = written.queries ?? { [title]: query ?? "" };
	return {
		...{ kind, title, queries, unit, shows, todo, canBeRed },
		empty: written["when empty"] ?? emptyFor(Object.values(queries)),
		...(limits && { limits }),
		...(words && { words }),
	};
}

/** A share of nothing is nothing, and no fault. */
function emptyFor(queries: readonly string[]): string {
	const isShare = queries.every((query) => /\) > 0\)/.test(query));
	return isShare ? NOTHING_NOW : NO_DATA;
}
