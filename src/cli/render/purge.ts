import type { PurgeCounts } from "../../domain/retention.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";

export interface PurgeReport extends PurgeCounts {
	/** Unix epoch, ms. */
	before: number;
	is_dry_run: boolean;
}

/** The number of deleted documents of each collection, and the plans that stay for now. */
export function renderPurge(
	{ before, is_dry_run, purged, kept }: PurgeReport,
	frame: Frame,
): string[] {
	const lines = Object.entries(purged).filter(([, many]) => many > 0);
	const sum = lines.reduce((all, [, many]) => all + many, 0);
	const what = `${count(sum, "document")} from before ${new Date(before).toISOString()}`;
	return [
		is_dry_run
			? `${what} would be purged; nothing was`
			: `${frame.paint("good", "✔ purged")}: ${what}`,
		...renderTable(
			[
				{
					title: "COLLECTION",
					text: ([collection]: [string, number]) => collection,
				},
				{
					title: "DOCUMENTS",
					align: "right",
					text: ([, many]) => String(many),
				},
			],
			lines,
			frame,
			"  ",
		),
		...(kept > 0
			? wrap(
					`${count(kept, "plan")} kept: Temporal still has their runs, or could not be asked`,
					frame.width,
					"  ",
				)
			: []),
	];
}
