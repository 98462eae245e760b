import { annotations } from "./dashboards/grafana.ts";
import { dashboardNames, readDashboard } from "./dashboards/read-dashboard.ts";
import { readRules } from "./rules/read-rules.ts";

/** One query in PromQL, and where it stands. */
export interface PlacedQuery {
	place: string;
	expr: string;
}

/** Every query of dashboards, their variables and annotations, and alert rules. */
export function allQueries(): PlacedQuery[] {
	return [
		...dashboardNames.flatMap(panelQueries),
		...dashboardNames.flatMap((name) =>
			Object.entries(readDashboard(name).choices ?? {}).map(
				([label, metric]) => ({
					place: `dashboard ${name}, choice ${label}`,
					expr: `count by (${label}) (${metric})`,
				}),
			),
		),
		...annotations.map(({ name, query }) => ({
			place: `annotation ${name}`,
			expr: query,
		})),
		...readRules().flatMap(({ rules }) =>
			rules.map(({ alert, expr }) => ({ place: `alert ${alert}`, expr })),
		),
	];
}

/** The queries of one dashboard's panels. */
export function panelQueries(
	name: (typeof dashboardNames)[number],
): PlacedQuery[] {
	return readDashboard(name).rows.flatMap((row) =>
		row.panels.flatMap(({ title, queries }) =>
			Object.entries(queries).map(([legend, expr]) => ({
				place: `dashboard ${name}, ${row.title}, ${title} (${legend})`,
				expr,
			})),
		),
	);
}
