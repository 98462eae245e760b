import type { VersionSplit } from "../../domain/rollout/routing.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";
import { renderDuration, renderRelative } from "./time.ts";

interface SplitRevision {
	/** 0: the settings. */
	revision: number;
	changed_at: number | null;
	actor: string | null;
	reason: string | null;
	split: VersionSplit;
}

/** `GET /api/v1/routing/split`. */
export interface SplitAnswer extends SplitRevision {
	in_force: { revision: number; age_ms: number | null };
	former: SplitRevision[];
}

/** So many former splits are shown. */
const SHOWN = 5;

/** V2's share, who set it, and what it was before. */
export function renderSplit(answer: SplitAnswer, frame: Frame): string[] {
	const { split, in_force, revision, former } = answer;
	const { paint, width } = frame;
	const { sticky_by, salt, allow, deny } = split;
	const list = (name: string, keys: readonly string[]) =>
		keys.length === 0
			? []
			: wrap(`  ${name} ${keys.join(", ")}`, width, "         ");
	const isBehind = in_force.revision < revision;
	return [
		paint("strong", `V2 gets ${shareOf(split)}`),
		`  by ${sticky_by}, salt ${salt}`,
		...list("allow", allow),
		...list("deny ", deny),
		...saidBy(answer, frame),
		...(isBehind
			? [
					paint(
						"bad",
						`! this process decides by revision ${in_force.revision}`,
					),
				]
			: []),
		in_force.age_ms === null
			? paint("bad", "! this process has never read it: the settings decide")
			: paint("dim", `  read ${renderDuration(in_force.age_ms)} ago`),
		...former
			.slice(0, SHOWN)
			.flatMap((one) => [
				paint("dim", `before: ${shareOf(one.split)}`),
				...saidBy(one, frame),
			]),
	];
}

function shareOf({ enabled, percentage }: VersionSplit): string {
	return enabled
		? `${percentage} % of the plans that name no version`
		: `no plan that does not name it (off, ${percentage} %)`;
}

function saidBy(
	{ revision, changed_at, actor, reason }: SplitRevision,
	{ width, nowMs }: Frame,
): string[] {
	if (actor === null) return ["  by the settings"];
	return wrap(
		`  revision ${revision}, ${renderRelative(changed_at, nowMs)} by ${actor}: ${reason}`,
		width,
		"  ",
	);
}
