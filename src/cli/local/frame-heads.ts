import { auditKey } from "../../domain/audit-chain.ts";
import { type GivenHead, headOfFrame } from "../../domain/frame-heads.ts";
import { decodeText, parseJson } from "../../domain/parse-json.ts";
import { readTopic } from "../../messaging/read-topic.ts";
import { kafkaOf, topicsOf } from "../../wiring/kafka-of.ts";
import { CliError } from "../cli-error.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect, silentLog } from "./load-direct.ts";

/** The number of heads in memory, about 300 MB. */
const MAX_HEADS = 1_000_000;

/** Every audit head that a telemetry frame on Kafka names, of one plan or of all. */
export async function readFrameHeads(
	{ io, progress }: CommandContext,
	planId: string | undefined,
): Promise<GivenHead[]> {
	const config = loadDirect(io);
	const topic = topicsOf(config).telemetry.name;
	const heads = new Map<string, GivenHead>();
	let frames = 0;
	try {
		await readTopic(kafkaOf(config, silentLog), {
			topic,
			groupPrefix: `${config.kafka.groupId}-audit`,
			signal: io.signal,
			take(messages) {
				frames += messages.length;
				progress.say(`reading ${topic}, ${frames} frames so far`);
				for (const { value } of messages) {
					const head = headOfFrame(parse(value));
					if (head === undefined) continue;
					if (planId !== undefined && head.plan_id !== planId) continue;
					heads.set(`${auditKey(head.plan_id, head)}:${head.hash}`, head);
				}
				if (heads.size > MAX_HEADS)
					throw new Error(`${topic} names more than ${MAX_HEADS} heads`);
			},
		});
	} catch (cause) {
		io.signal.throwIfAborted();
		const where = config.kafka.brokers.join(", ");
		const why = cause instanceof Error ? cause.message : String(cause);
		throw new CliError("unreachable", `Kafka at ${where}: ${why}`, {
			remedy:
				"check KAFKA_BOOTSTRAP_SERVERS and the KAFKA_ settings; `orchestrator doctor` looks closer",
			cause,
		});
	}
	return [...heads.values()];
}

/** A frame of another format says nothing. */
function parse(value: Buffer | null): unknown {
	try {
		return parseJson(decodeText(value ?? Buffer.alloc(0)));
	} catch {
		return undefined;
	}
}
