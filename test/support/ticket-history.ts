import type {
	AnomalyType,
	FinishedTicket,
} from "../../src/domain/prediction/prediction.ts";
import { createRandom } from "../../src/domain/seeded-random.ts";

export interface MadeTicket extends FinishedTicket {
	/** The true median, ms: nobody can foretell better. */
	oracle_ms: number;
	/** What was made unusual about it. */
	made: AnomalyType | "actual_outlier" | null;
	/** Since the history began. */
	day: number;
}

export interface HistoryOptions {
	tickets?: number;
	days?: number;
	seed?: number;
	/** Factor on a type's durations from a day on, reached within `rampDays`. */
	drift?: Partial<Record<MadeType, number>>;
	driftDay?: number;
	rampDays?: number;
}

/** Midnight, UTC: when made histories begin, Unix epoch, ms. */
export const historyBeginsMs = Date.UTC(2026, 0, 1);

const DAY_MS = 86_400_000;
const types = {
	BUILD: made(90_000, 0.5, 0.2, 20, 0.92, {
		...{ "docker+node": 0.7, "docker+jvm": 1.6 },
		...{ "docker+rust": 2.6, "docker+python": 0.9 },
	}),
	DEPLOY: made(45_000, 0.2, 0.25, 12, 0.95, {
		k8s: 1,
		"k8s+helm": 1.4,
		ssh: 0.5,
	}),
	TEST: made(120_000, 0.6, 0.2, 22, 0.88, {
		...{ node: 0.4, jvm: 1.3, "browser+node": 2.2, python: 0.7 },
	}),
	VALIDATE: made(8_000, 0.3, 0.12, 16, 0.98, {
		...{ schema: 0.5, "policy+schema": 1.2, security: 2 },
	}),
	EXECUTE: made(30_000, 0.7, 0.35, 14, 0.94, {
		...{ python: 1, "gpu+python": 3, spark: 4, shell: 0.3 },
	}),
	COMPENSATE: made(12_000, 0.2, 0.2, 4, 0.97, { k8s: 1, ssh: 0.6 }),
	QUERY: made(1_500, 0.4, 0.3, 12, 0.99, {
		sql: 1,
		search: 0.4,
		"olap+sql": 6,
	}),
};
export type MadeType = keyof typeof types;
const typeNames = Object.keys(types) as MadeType[];
const tenantFactors = {
	...{ payments: 0.6, search: 1, platform: 1.3 },
	...{ data: 2, mobile: 0.8, risk: 1.6 },
};
const riskEffects = { low: 0, medium: 0, high: 0.1, critical: 0.2 };
const bands = ["low", "medium", "high", "critical"] as const;
const deliveries = ["AT_LEAST_ONCE", "AT_MOST_ONCE", "EXACTLY_ONCE"] as const;
const labels = [
	...(["resource_mismatch", "qos_inconsistency", "duration_outlier"] as const),
	...(["capability_anomaly", "actual_outlier"] as const),
];
const strangeCapabilities =
	"docker node jvm python k8s helm ssh sql gpu spark browser policy schema security olap shell search rust arm64 fips vault".split(
		" ",
	);

/**
 * Finished tickets, by the time of their prediction, the same for the same seed. The log of a duration is a sum: type,
 * capability set, parameters' size, hour, risk, delivery, consistency, retries, drift, and what nobody knows
 * beforehand: the worker, noise, and a heavy tail of 3 %. Estimates are biased by tenant. 4 % are made unusual.
 * By default BUILD, QUERY and EXECUTE drift by +35, -30 and +15 % from day 20 to 22.
 */
export function makeHistory({
	tickets = 20_000,
	days = 30,
	seed = 7,
	drift = { BUILD: 1.35, QUERY: 0.7, EXECUTE: 1.15 },
	driftDay = 20,
	rampDays = 2,
}: HistoryOptions = {}): MadeTicket[] {
	const random = createRandom(seed);
	const { gauss, pick } = drawsOf(random);
	const workers = Array.from({ length: 8 }, (_, at) => ({
		name: `w${at}`,
		slowness: 0.16 * gauss(),
	}));
	const driftOf = (type: MadeType, time: number) =>
		Math.min(1, Math.max(0, (time - driftDay) / rampDays)) *
		Math.log(drift[type] ?? 1);
	return timesOfDay(tickets, days, random).map((time, at) => {
		const type = pick(
			typeNames,
			typeNames.map((name) => types[name].weight),
		);
		const { medianMs, exponent, sigma, factors, success } = types[type];
		const usual = pick(Object.keys(factors));
		const level = Math.log(medianMs) + Math.log(factors[usual] as number);
		const tenant = pick(
			Object.keys(tenantFactors) as (keyof typeof tenantFactors)[],
		);
		let risk_band = pick(bands, [50, 30, 15, 5]);
		const isLow = risk_band === "low";
		let delivery_mode = pick(deliveries, isLow ? [80, 19, 1] : [60, 5, 35]);
		const consistency = pick(
			["EVENTUAL", "STRONG"] as const,
			isLow ? [90, 10] : [40, 60],
		);
		const size = Math.round(1_000 * Math.exp(gauss()));
		const retry = random() < 0.92 ? 0 : random() < 0.8 ? 1 : 2;
		const worker = pick(workers);
		const hour = Math.floor((time % 1) * 24);
		const known =
			level +
			exponent * Math.log(size / 1_000) +
			0.2 * Math.exp(-((hour - 14) ** 2) / 12) +
			riskEffects[risk_band] +
			(delivery_mode === "EXACTLY_ONCE" ? 0.08 : 0) +
			(consistency === "STRONG" ? 0.05 : 0) +
			retry * (type === "BUILD" ? -0.35 : 0.12) +
			driftOf(type, time);
		const tail =
			random() < 0.03
				? Math.log(Math.min(20, 1.5 * (1 - random()) ** (-1 / 1.5)))
				: 0;
		let actual = Math.exp(known + worker.slowness + sigma * gauss() + tail);
		let estimate =
			Math.exp(
				level + 0.4 * exponent * Math.log(size / 1_000) + 0.4 * gauss(),
			) * tenantFactors[tenant];
		let capabilities = usual.split("+");
		let label: MadeTicket["made"] = null;
		if (random() < 0.04) {
			label = pick(labels);
			const grow = (count: number) => {
				const names = new Set(capabilities);
				while (names.size < count) names.add(pick(strangeCapabilities));
				capabilities = [...names];
			};
			if (label === "resource_mismatch") {
				risk_band = "low";
				grow(6 + Math.floor(random() * 4));
			}
			if (label === "qos_inconsistency") {
				risk_band = "low";
				delivery_mode = "EXACTLY_ONCE";
			}
			if (label === "duration_outlier")
				estimate *=
					random() < 0.5 ? 8 + 20 * random() : 1 / (10 + 20 * random());
			if (label === "capability_anomaly") grow(11 + Math.floor(random() * 8));
			if (label === "actual_outlier")
				actual *= random() < 0.7 ? 4 + 10 * random() : 0.1;
		}
		const completed = random() < success;
		if (!completed) actual *= random();
		const estimated_duration_ms = Math.round(estimate / 1_000) * 1_000 || 1_000;
		const at_ms = historyBeginsMs + Math.round(time * DAY_MS);
		const actual_duration_ms = Math.max(1, Math.round(actual));
		return {
			ticket_id: `t-${at}`,
			plan_id: `p-${Math.floor(at / 10)}`,
			task_type: type,
			risk_band,
			required_capabilities: capabilities,
			qos: { delivery_mode, consistency, durability: "PERSISTENT" },
			parameters_size: size,
			estimated_duration_ms,
			timeout_ms: Math.max(30_000, 3 * estimated_duration_ms),
			retry_count: retry,
			tenant,
			at_ms,
			worker: worker.name,
			completed,
			actual_duration_ms,
			queue_ms: null,
			ended_at_ms: at_ms + actual_duration_ms,
			prediction: null,
			oracle_ms: Math.round(Math.exp(known)),
			made: label,
			day: time,
		};
	});
}

function made(
	medianMs: number,
	exponent: number,
	sigma: number,
	weight: number,
	success: number,
	factors: Record<string, number>,
) {
	return { medianMs, exponent, sigma, weight, success, factors };
}

function drawsOf(random: () => number) {
	return {
		gauss: () =>
			Math.sqrt(-2 * Math.log(random() + 1e-12)) *
			Math.cos(2 * Math.PI * random()),
		pick<Item>(items: readonly Item[], weights?: readonly number[]): Item {
			const total = weights?.reduce((a, b) => a + b, 0) ?? items.length;
			let rest = random() * total;
			for (const [at, item] of items.entries()) {
				rest -= weights?.[at] ?? 1;
				if (rest < 0) return item;
			}
			return items.at(-1) as Item;
		},
	};
}

/** Days since the beginning, in order; most tickets come about 13 h. */
function timesOfDay(
	count: number,
	days: number,
	random: () => number,
): number[] {
	return Array.from({ length: count }, () => {
		for (;;) {
			const time = random() * days;
			const hour = (time % 1) * 24;
			if (random() < 0.25 + 0.75 * Math.exp(-((hour - 13) ** 2) / 18))
				return time;
		}
	}).sort((a, b) => a - b);
}
