import { anomalyTypes } from "../src/domain/prediction/anomalies.ts";
import { type DriftState, watchDrift } from "../src/domain/prediction/drift.ts";
import {
	missChance,
	type Quantiles,
} from "../src/domain/prediction/miss-chance.ts";
import { predictTicket } from "../src/domain/prediction/predict.ts";
import { createRandom, gaussian } from "../src/domain/seeded-random.ts";
import { makeHistory } from "../test/support/ticket-history.ts";
import { isCompleted, mustFit } from "./prediction-accuracy.ts";

/** What the four rules and the forest flag of 10,000 tickets after as many. */
export function measureAnomalies() {
	const tickets = makeHistory();
	const model = mustFit(tickets.slice(0, 10_000));
	const limit = model.forest?.limit ?? 1;
	const flagged = tickets.slice(10_000).map((ticket) => {
		const { anomaly } = predictTicket(ticket, model, null);
		return {
			// Nobody can see beforehand that a ticket will run long.
			made: ticket.made === "actual_outlier" ? null : ticket.made,
			rules: anomaly.is_anomaly,
			forest: (anomaly.anomaly_score ?? 0) > limit,
		};
	});
	const strange = flagged.filter(({ made }) => made !== null);
	const plain = flagged.filter(({ made }) => made === null);
	return (["rules", "forest"] as const).map((detector) => {
		const found = strange.filter((one) => one[detector]);
		const falseAlarms = plain.filter((one) => one[detector]).length;
		const recallOf = (type: string) =>
			found.filter(({ made }) => made === type).length /
			strange.filter(({ made }) => made === type).length;
		return {
			detector,
			false_alarms_percent: (100 * falseAlarms) / plain.length,
			precision: found.length / (found.length + falseAlarms),
			recall: found.length / strange.length,
			by_type: Object.fromEntries(
				anomalyTypes.map((type) => [type, recallOf(type)]),
			),
		};
	});
}

/** Tickets of a drifting type until it is seen; a type that does not drift must not be. */
const bounds: Record<string, number> = {
	BUILD: 200,
	QUERY: 200,
	EXECUTE: 1_000,
};

/** A model of days 0 to 13 watched over days 15 to 29; three types drift from day 20 on, at once. */
export function measureDrift(seed: number) {
	const tickets = makeHistory({ seed, rampDays: 0.001 });
	const model = mustFit(tickets.filter(({ day }) => day < 14));
	const since: Record<string, number> = {};
	const seen: Record<string, number> = {};
	let falseAlarms = 0;
	let state: DriftState | null = null;
	for (const ticket of tickets.filter(({ day }) => day >= 15)) {
		const { task_type: type, completed, day } = ticket;
		if (completed && day >= 20) since[type] = (since[type] ?? 0) + 1;
		const look = watchDrift(state, [ticket], model);
		state = look.state;
		for (const { task_type } of look.begun)
			if (task_type in bounds && day >= 20)
				seen[task_type] ??= since[type] ?? 0;
			else falseAlarms++;
	}
	const late = Object.entries(bounds).filter(
		([type, most]) => (seen[type] ?? Number.POSITIVE_INFINITY) > most,
	).length;
	return { seed, seen, late, falseAlarms };
}

/** Chances that plans end late beside how often they did: 2,000 plans of up to 30 tickets, workers being free. */
export function measureCalibration(commonSpread: number) {
	const tickets = makeHistory({ drift: {} });
	const model = mustFit(tickets.slice(0, 10_000));
	const future = tickets.slice(10_000).filter(isCompleted);
	const random = createRandom(3);
	const bins = Array.from({ length: 10 }, () => ({
		plans: 0,
		said: 0,
		late: 0,
	}));
	let inside = 0;
	const plans = 2_000;
	for (let plan = 0; plan < plans; plan++) {
		const slow = Math.exp(commonSpread * gaussian(random));
		const size = 1 + Math.floor(random() * 30);
		const ends: number[] = [];
		const drawn = Array.from({ length: size }, (_, at) => {
			const ticket = future[Math.floor(random() * future.length)];
			if (ticket === undefined) throw new Error("no tickets are left");
			const parents =
				at === 0 || random() < 0.3 ? [] : [Math.floor(random() * at)];
			const begins = Math.max(0, ...parents.map((one) => ends[one] ?? 0));
			ends.push(begins + slow * ticket.actual_duration_ms);
			const said = predictTicket(ticket, model, null);
			const quantiles: Quantiles = [said.p10_ms, said.duration_ms, said.p90_ms];
			return { quantiles, parents, ranMs: 0 };
		});
		const end = Math.max(...ends);
		const ask = (leftMs: number) =>
			missChance({ seed: `p-${plan} 1`, tickets: drawn, leftMs });
		const { p10_ms, p50_ms, p90_ms } = ask(0);
		if (end >= p10_ms && end <= p90_ms) inside++;
		const leftMs = p50_ms * (0.6 + 1.2 * random());
		const { chance } = ask(leftMs);
		const bin = bins[Math.min(9, Math.floor(10 * chance))];
		if (bin === undefined) continue;
		bin.plans++;
		bin.said += chance;
		bin.late += Number(end > leftMs);
	}
	return {
		commonSpread,
		bins: bins.filter((bin) => bin.plans > 0),
		/** Mean distance between what was said and what came, 0 to 1. */
		error:
			bins.reduce((sum, { said, late }) => sum + Math.abs(said - late), 0) /
			plans,
		insidePercent: (100 * inside) / plans,
	};
}
