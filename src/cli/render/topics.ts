import type { Frame, Tone } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";

export interface TopicLine {
	topic: string;
	state: "there" | "missing" | "different";
	partitions: number | null;
	replicas: number | null;
	differences: string[];
}

export interface TopicsReport {
	brokers: string[];
	created: string[];
	topics: TopicLine[];
}

const signs: Record<TopicLine["state"], { symbol: string; tone: Tone }> = {
	there: { symbol: "✔", tone: "good" },
	missing: { symbol: "✘", tone: "bad" },
	different: { symbol: "!", tone: "waiting" },
};

/** Every topic with its state, and the remedy for topics with differences. */
export function renderTopics(report: TopicsReport, frame: Frame): string[] {
	const { topics, created } = report;
	const isNew = (topic: string) => created.includes(topic);
	const missing = topics.filter(({ state }) => state === "missing");
	const different = topics.filter(({ state }) => state === "different");
	return [
		...renderTable(
			[
				{
					title: "STATE",
					text: ({ state, topic }: TopicLine) =>
						`${signs[state].symbol} ${isNew(topic) ? "created" : state}`,
					tone: ({ state }) => signs[state].tone,
				},
				{ title: "TOPIC", text: ({ topic }) => topic },
				{
					title: "PARTITIONS",
					align: "right",
					spare: 1,
					text: ({ partitions }) => String(partitions ?? "-"),
				},
				{
					title: "REPLICAS",
					align: "right",
					spare: 2,
					text: ({ replicas }) => String(replicas ?? "-"),
				},
			],
			topics,
			frame,
		),
		"",
		...different.flatMap(({ topic, differences }) =>
			differences.map((text) => frame.paint("waiting", `! ${topic}: ${text}`)),
		),
		summary(topics, missing, created),
		...advice(missing, different).flatMap((line) =>
			wrap(line, frame.width, "  "),
		),
	];
}

function summary(
	topics: TopicLine[],
	missing: TopicLine[],
	created: string[],
): string {
	const made =
		created.length > 0 ? `, ${created.length} of them created now` : "";
	return missing.length === 0
		? `all ${count(topics.length, "topic")} are there${made}`
		: `${missing.length} of ${count(topics.length, "topic")} missing`;
}

function advice(missing: TopicLine[], different: TopicLine[]): string[] {
	return [
		...(missing.length > 0
			? [
					"what to do: orchestrator topics apply, with an account that may create topics",
				]
			: []),
		...(different.length > 0
			? [
					"what to do: change what differs with kafka-configs or kafka-topics; topics apply leaves it as it is",
				]
			: []),
	];
}
