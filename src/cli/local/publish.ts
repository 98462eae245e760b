import { parseJson } from "../../domain/parse-json.ts";
import { hasCode } from "../../errors.ts";
import { toDecisionMessage } from "../../messaging/decision-message.ts";
import { createProducer } from "../../messaging/producer.ts";
import { kafkaOf, topicsOf } from "../../wiring/kafka-of.ts";
import { CliError } from "../cli-error.ts";
import { readJsonInput } from "../read-input.ts";
import type { Published } from "../render/published.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect, silentLog } from "./load-direct.ts";

/**
 * Puts the file's text on the topic of decisions; resolves when the brokers have acknowledged it. Whether
 * it is sound the service says: here it only needs the id of a plan, which is its key.
 */
export async function publishHere(
	{ io, progress, timeoutMs }: CommandContext,
	file: string,
): Promise<Published> {
	const text = await readJsonInput(file, io);
	const record = parseJson(text) as { plan_id?: unknown } | null;
	const planId = record?.plan_id;
	if (record === null || typeof planId !== "string" || planId === "") {
		throw new CliError("usage", `${file} has no plan_id: it must be a text`, {
			remedy: "hand in a decision or a plan as a JSON object, see schemas/",
		});
	}
	const config = loadDirect(io);
	const brokers = config.kafka.brokers.join(", ");
	progress.say(`publishing to Kafka at ${brokers}`);
	const message = toDecisionMessage(
		topicsOf(config).consensus.name,
		record,
		text,
	);
	const { compression } = config.kafka;
	const producer = await createProducer({
		...kafkaOf(config, silentLog),
		compression,
	});
	try {
		const [position] = await producer.send([message], { timeoutMs });
		if (position === undefined) throw new Error("it has no position");
		return { plan_id: planId, ...position };
	} catch (cause) {
		throw explain(cause, brokers);
	} finally {
		await producer.close();
	}
}

function explain(cause: unknown, brokers: string): CliError {
	const why = cause instanceof Error ? cause.message : String(cause);
	if (hasCode(cause, "PUBLISH_REFUSED")) {
		return new CliError("refused", `Kafka at ${brokers} refuses it: ${why}`, {
			remedy:
				"`orchestrator topics check` shows the topic and how large its messages may be",
			cause,
		});
	}
	return new CliError("unreachable", `Kafka at ${brokers}: ${why}`, {
		remedy:
			"check KAFKA_BOOTSTRAP_SERVERS and the KAFKA_ settings; `orchestrator doctor` looks closer",
		cause,
	});
}
