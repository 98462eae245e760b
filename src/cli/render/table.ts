import type { Frame, Tone } from "./paint.ts";
import { fit, pad, widthOf } from "./text.ts";

/** One column of a table. */
export interface Column<Row> {
	title: string;
	text(row: Row): string;
	tone?(row: Row): Tone | undefined;
	align?: "right";
	/** May be cut when there is too little room; ids never are. */
	flexible?: boolean;
	/** Left out when there is too little room; the highest number goes first. */
	spare?: number;
}

const GAP = 2;
const LEAST_FLEXIBLE_WIDTH = 12;

/** Lays rows out under titles; columns that do not fit are left out or cut, as their definitions allow. */
export function renderTable<Row>(
	columns: readonly Column<Row>[],
	rows: readonly Row[],
	{ width, paint }: Pick<Frame, "width" | "paint">,
	indent = "",
): string[] {
	const room = width - indent.length;
	const shown = chooseColumns(columns, rows, room);
	const widths = layOut(shown, rows, room);
	const line = (
		text: (column: Column<Row>) => string,
		tone: (column: Column<Row>) => Tone | undefined,
	) =>
		indent +
		shown
			.map((column, at) => {
				const wide = widths[at] ?? 0;
				const raw = text(column).replace(/[\n\t]/g, " ");
				const cut = column.flexible ? fit(raw, wide) : raw;
				const isLast = at === shown.length - 1 && column.align !== "right";
				return paint(tone(column), isLast ? cut : pad(cut, wide, column.align));
			})
			.join(" ".repeat(GAP));
	return [
		line(
			({ title }) => title,
			() => "dim",
		).trimEnd(),
		...rows.map((row) =>
			line(
				(column) => column.text(row),
				(column) => column.tone?.(row),
			).trimEnd(),
		),
	];
}

/**
 * All columns that fit with the flexible ones at their least; columns that must not be left out are always
 * included.
 */
function chooseColumns<Row>(
	columns: readonly Column<Row>[],
	rows: readonly Row[],
	room: number,
): Column<Row>[] {
	const shown = [...columns];
	const needed = () =>
		shown.reduce((sum, column) => sum + leastWidth(column, rows) + GAP, -GAP);
	while (needed() > room) {
		const spare = Math.max(...shown.map((column) => column.spare ?? 0));
		if (spare === 0) break;
		shown.splice(
			shown.findIndex((column) => column.spare === spare),
			1,
		);
	}
	return shown;
}

function leastWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
	const wide = naturalWidth(column, rows);
	return column.flexible ? Math.min(wide, LEAST_FLEXIBLE_WIDTH) : wide;
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
	return rows.reduce(
		(most, row) => Math.max(most, widthOf(column.text(row))),
		widthOf(column.title),
	);
}

/** Flexible columns share what the others leave, none of them wider than its content. */
function layOut<Row>(
	columns: readonly Column<Row>[],
	rows: readonly Row[],
	room: number,
): number[] {
	const widths = columns.map((column) => naturalWidth(column, rows));
	const total = () => widths.reduce((sum, one) => sum + one + GAP, -GAP);
	while (total() > room) {
		const widest = columns.reduce(
			(most, { flexible }, at) =>
				flexible && (widths[at] ?? 0) > (widths[most] ?? 0) ? at : most,
			-1,
		);
		const now = widths[widest];
		if (now === undefined || now <= LEAST_FLEXIBLE_WIDTH) break;
		widths[widest] = now - 1;
	}
	return widths;
}

/** `name   value` lines with the values below each other. */
export function renderFields(
	fields: readonly (readonly [name: string, value: string])[],
	{ paint }: Pick<Frame, "paint">,
	indent = "  ",
): string[] {
	const wide = Math.max(...fields.map(([name]) => widthOf(name)));
	return fields.map(
		([name, value]) => `${indent}${paint("dim", pad(name, wide))}  ${value}`,
	);
}
