import {
	Counter,
	Gauge,
	Histogram,
	type OpenMetricsContentType,
	type Registry,
} from "prom-client";

/**
 * What a label may say: a closed list, or `ours`, names from our code and settings. Nothing from outside makes a
 * new series: a value that is not in the list, or one too many of ours, is counted as `other`.
 */
export type LabelValues = readonly string[] | "ours";
export type MetricType = "counter" | "gauge" | "histogram";

/** One metric. Name and labels are an interface: dashboards and alerts read them. */
export interface Declared<T extends MetricType, L extends string> {
	type: T;
	name: string;
	help: string;
	labels: Readonly<Record<L, LabelValues>>;
	/** Upper bounds of a histogram. */
	buckets?: readonly number[];
	/** Set on a gauge that is not there until it is set: nobody knows its value before. */
	isAbsentAtFirst?: boolean;
}

const OTHER = "other";
/** Values of one label that is `ours`. */
const MAX_VALUES = 300;
/** A counter with at most so many series has them all from the start: then its first increase is one for alerts too. */
const MAX_ZEROS = 128;

type Names<L extends string> = Record<L, LabelValues>;

export const counter = <L extends string = never>(
	name: string,
	help: string,
	labels = {} as Names<L>,
): Declared<"counter", L> => ({ type: "counter", name, help, labels });

export const gauge = <L extends string = never>(
	name: string,
	help: string,
	labels = {} as Names<L>,
): Declared<"gauge", L> => ({ type: "gauge", name, help, labels });

/** A gauge of something that is looked at from time to time: there is none before the first look. */
export const lookedAt = (
	name: string,
	help: string,
): Declared<"gauge", never> => ({
	type: "gauge",
	name,
	help,
	labels: {},
	isAbsentAtFirst: true,
});

export const histogram = <L extends string = never>(
	name: string,
	help: string,
	buckets: readonly number[],
	labels = {} as Names<L>,
): Declared<"histogram", L> => ({
	type: "histogram",
	name,
	help,
	labels,
	buckets,
});

type Values<L extends string> = Partial<Record<L, string | number>>;

/** A histogram, mostly of seconds. `traceId` (32 hex digits) makes the observation the example of its bucket. */
export interface Observed<L extends string> {
	observe(value: number): void;
	observe(labels: Values<L>, value: number, traceId?: string): void;
	/** Observes the seconds until the returned function is called. */
	startTimer(labels?: Values<L>): () => void;
}

export type MetricOf<D> =
	D extends Declared<"counter", infer L>
		? Counter<L>
		: D extends Declared<"gauge", infer L>
			? Gauge<L>
			: D extends Declared<"histogram", infer L>
				? Observed<L>
				: never;

/** Makes the metric in the registry; without `counts` a counter or histogram stays as it is. */
export function openMetric(
	declared: Declared<MetricType, string>,
	registry: Registry<OpenMetricsContentType>,
	counts: boolean,
): Counter | Gauge | Observed<string> {
	const { type, name, help, labels, buckets } = declared;
	const bound = bounding(labels);
	const config = {
		name,
		help,
		labelNames: Object.keys(labels),
		registers: [registry],
	};
	if (type === "histogram")
		return openHistogram(config, { buckets: buckets ?? [], bound, counts });
	if (type === "gauge") {
		const made = new Gauge(config);
		made.set = withBounds(made.set.bind(made), bound);
		made.inc = withBounds(made.inc.bind(made), bound);
		if (declared.isAbsentAtFirst) made.remove();
		return made;
	}
	const made = new Counter(config);
	made.inc = withBounds(made.inc.bind(made), bound);
	for (const zero of combinations(labels)) made.inc(zero, 0);
	if (!counts) made.inc = () => undefined;
	return made;
}

interface Config {
	name: string;
	help: string;
	labelNames: string[];
	registers: Registry<OpenMetricsContentType>[];
}
type Given = Record<string, string | number>;
type Bound = (given: Given) => Given;

function openHistogram(
	config: Config,
	{
		buckets,
		bound,
		counts,
	}: { buckets: readonly number[]; bound: Bound; counts: boolean },
): Observed<string> {
	const made = new Histogram({
		...config,
		buckets: [...buckets],
		enableExemplars: true,
	});
	const add = (labels: Given, value: number, traceId?: string) => {
		if (!counts) return;
		made.observe({
			labels: bound(labels),
			value,
			exemplarLabels: traceId === undefined ? {} : { trace_id: traceId },
		});
	};
	return {
		observe(first: object | number, value?: number, traceId?: string) {
			if (typeof first === "number") add({}, first);
			else add(first as Given, value ?? 0, traceId);
		},
		startTimer(labels = {}) {
			const startMs = performance.now();
			return () => add(labels as Given, (performance.now() - startMs) / 1_000);
		},
	};
}

/** The first argument of a metric's method is its labels, or the value of a metric without. */
function withBounds<T>(method: T, bound: Bound): T {
	const call = method as (first?: unknown, value?: number) => void;
	return ((first?: unknown, value?: number) =>
		call(
			typeof first === "object" && first !== null
				? bound(first as Given)
				: first,
			value,
		)) as T;
}

function bounding(labels: Names<string>): Bound {
	const closed = Object.entries(labels).map(([name, values]) => {
		const known = new Set<string>(values === "ours" ? [] : values);
		const mayGrow = values === "ours";
		const isKnown = (value: string) => {
			if (mayGrow && known.size < MAX_VALUES) known.add(value);
			return known.has(value);
		};
		return { name, isKnown };
	});
	return (given) => {
		let own = given;
		for (const { name, isKnown } of closed) {
			const value = given[name];
			if (value === undefined || isKnown(String(value))) continue;
			if (own === given) own = { ...given };
			own[name] = OTHER;
		}
		return own;
	};
}

/** Every series that a metric of closed labels can have; none if there are many, or some are not known. */
function combinations(labels: Names<string>): Given[] {
	const lists = Object.entries(labels);
	if (lists.length === 0) return [];
	let found: Given[] = [{}];
	for (const [name, values] of lists) {
		if (values === "ours") return [];
		found = found.flatMap((one) =>
			values.map((value) => ({ ...one, [name]: value })),
		);
		if (found.length > MAX_ZEROS) return [];
	}
	return found;
}
