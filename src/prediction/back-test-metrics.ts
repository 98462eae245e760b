import type { BackTest } from "../domain/prediction/back-test.ts";
import { ALL_TYPES, type Scores } from "../domain/prediction/model.ts";
import type { BackTestMetrics, ModelError } from "./ports.ts";

/** The figures of a back-test, as they are kept with the version. */
export function backTestMetrics({ scores }: BackTest): BackTestMetrics | null {
	const own = scores.candidate ?? {};
	const median = scores.type_median ?? {};
	const all = own[ALL_TYPES];
	if (all === undefined) return null;
	const champion = scores.champion?.[ALL_TYPES];
	const byType = Object.entries(own).filter(([type]) => type !== ALL_TYPES);
	return {
		...errorOf(all, median[ALL_TYPES]),
		champion_mae_share: champion ? champion.mae_percent / 100 : null,
		by_type: Object.fromEntries(
			byType.map(([type, one]) => [type, errorOf(one, median[type])]),
		),
	};
}

function errorOf(own: Scores, median: Scores | undefined): ModelError {
	return {
		tickets: own.tickets,
		mae_share: own.mae_percent / 100,
		type_median_mae_share: (median ?? own).mae_percent / 100,
		p90_coverage: own.p90_coverage_percent / 100,
	};
}
