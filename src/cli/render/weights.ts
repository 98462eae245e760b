import type {
	WeightOption,
	WeightProposal,
} from "../../domain/prediction/propose-weights.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";

/** What other weights would have done, and how to apply one. */
export function renderWeights(
	{ current, tickets, plans, options, proposed, reason }: WeightProposal,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	return [
		`SCHEDULER_AGENT_WEIGHT is ${current}; ${count(tickets, "choice")} of ${count(plans, "plan")} replayed`,
		...wrap(
			`${proposed === null ? "no proposal" : `proposed: ${proposed}`}: ${reason}`,
			width,
			"  ",
		).map((line) => paint(proposed === null ? "waiting" : "good", line)),
		...(options.length === 0
			? []
			: [
					"",
					...renderTable<WeightOption>(
						[
							{
								title: "WEIGHT",
								text: ({ agent_weight }) => String(agent_weight),
							},
							{
								...{ title: "MOVED", align: "right" },
								text: ({ changed }) => String(changed),
							},
							{
								...{ title: "TIME", align: "right" },
								text: ({ change }) => percent(change?.mean),
							},
							{
								title: "90 % BETWEEN",
								text: ({ change }) =>
									change === null
										? "-"
										: `${percent(change.low)} and ${percent(change.high)}`,
							},
							{
								title: "VERDICT",
								text: ({ verdict }) => verdict,
								tone: ({ verdict }) =>
									verdict === "faster"
										? "good"
										: verdict === "slower"
											? "bad"
											: undefined,
							},
						],
						options,
						frame,
					),
				]),
		...(proposed === null
			? []
			: [
					"",
					...wrap(
						`what to do: set SCHEDULER_AGENT_WEIGHT=${proposed} for role worker, and look again in a week; what moved tickets do to others is not in these figures`,
						width,
						"  ",
					),
				]),
	];
}

/** Of a change of a logarithm. */
function percent(log: number | undefined): string {
	if (log === undefined) return "-";
	const share = 100 * (Math.exp(log) - 1);
	return `${share < 0 ? "" : "+"}${share.toFixed(1)} %`;
}
