import { workingPlanStatuses } from "./plan-run.ts";

/** Open plans that are alike; times are Unix epoch, ms. */
export interface OpenPlans {
	status: string;
	tenant: string;
	risk_band: string | null;
	/** null: they have none. */
	deadline: number | null;
	/** The earliest of their last progress. */
	progress: number;
	count: number;
}

export interface OpenPlansSummary {
	/** The largest tenants by name, the rest together as `other`. */
	counts: { status: string; tenant: string; count: number }[];
	/** By band, of plans with a deadline: how many have passed it, and the time left at some quantiles. */
	deadlines: {
		risk_band: string;
		overdue: number;
		remaining: { quantile: string; seconds: number }[];
	}[];
	/** Those that use workers and brokers now. */
	working: number;
	/** Since when the plan that has waited longest has made no progress; 0 without such plans. */
	oldestProgressAgeSeconds: number;
}

export const NAMED_TENANTS = 20;
const OTHER_TENANTS = "other";
const quantiles = ["0", "0.1", "0.5"] as const;
const workingStatuses: ReadonlySet<string> = new Set(workingPlanStatuses);

/** How many plans are open, and how they stand with their deadlines. */
export function summarizeOpenPlans(
	groups: readonly OpenPlans[],
	nowMs: number,
): OpenPlansSummary {
	const working = groups.filter(({ status }) => workingStatuses.has(status));
	const oldest = working.reduce(
		(least, { progress }) => Math.min(least, progress),
		nowMs,
	);
	return {
		counts: countByTenant(groups),
		deadlines: deadlinesByBand(groups, nowMs),
		working: working.reduce((sum, { count }) => sum + count, 0),
		oldestProgressAgeSeconds: (nowMs - oldest) / 1_000,
	};
}

function countByTenant(groups: readonly OpenPlans[]) {
	const sizes = sumBy(groups, ({ tenant }) => tenant);
	const named = new Set(
		[...sizes]
			.toSorted(([, one], [, other]) => other - one)
			.slice(0, NAMED_TENANTS)
			.map(([tenant]) => tenant),
	);
	const byStatus = Map.groupBy(groups, ({ status }) => status);
	return [...byStatus].flatMap(([status, own]) => {
		const sums = sumBy(own, ({ tenant }) =>
			named.has(tenant) ? tenant : OTHER_TENANTS,
		);
		return [...sums].map(([tenant, count]) => ({ status, tenant, count }));
	});
}

function sumBy(
	groups: readonly OpenPlans[],
	keyOf: (group: OpenPlans) => string,
): Map<string, number> {
	const sums = new Map<string, number>();
	for (const group of groups)
		sums.set(keyOf(group), (sums.get(keyOf(group)) ?? 0) + group.count);
	return sums;
}

function deadlinesByBand(groups: readonly OpenPlans[], nowMs: number) {
	const byBand = Map.groupBy(
		groups.flatMap(({ deadline, risk_band, count }) =>
			deadline === null
				? []
				: [{ band: risk_band ?? "unknown", leftMs: deadline - nowMs, count }],
		),
		({ band }) => band,
	);
	return [...byBand].map(([risk_band, own]) => {
		const sorted = own.toSorted((one, other) => one.leftMs - other.leftMs);
		const total = own.reduce((sum, { count }) => sum + count, 0);
		return {
			risk_band,
			overdue: own.reduce(
				(sum, { leftMs, count }) => sum + (leftMs < 0 ? count : 0),
				0,
			),
			remaining: quantiles.map((quantile) => {
				let seen = 0;
				const at = sorted.find(({ count }) => {
					seen += count;
					return seen > 0 && seen >= Number(quantile) * total;
				});
				return { quantile, seconds: (at?.leftMs ?? 0) / 1_000 };
			}),
		};
	});
}
