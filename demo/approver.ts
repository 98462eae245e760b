import { randomUUID } from "node:crypto";
import type { ApprovalRequest } from "../schemas/approval-request.ts";
import type { ApprovalResponse } from "../schemas/approval-response.ts";
import {
	createBatchConsumer,
	type IncomingMessage,
} from "../src/messaging/consumer.ts";
import type { KafkaSettings } from "../src/messaging/kafka-client.ts";
import { fromText } from "../src/messaging/outgoing-message.ts";
import { createProducer } from "../src/messaging/producer.ts";
import type { TopicTable } from "../src/messaging/topics.ts";
import type { OutgoingRecord } from "../src/plans/records.ts";

export interface ApproverOptions {
	kafka: KafkaSettings;
	topics: Pick<TopicTable, "approvalRequests" | "approvalResponses">;
	/** It says yes to these plans and nothing to others. */
	planIds: readonly string[];
}

/** Stands in for a person at an approval service: reads requests from their topic and answers on the other. */
export async function openApprover({
	kafka,
	topics,
	planIds,
}: ApproverOptions): Promise<{ stop(): Promise<void> }> {
	const producer = await createProducer({ ...kafka, compression: "gzip" });
	const consumer = await createBatchConsumer({
		...kafka,
		groupId: `approver-${randomUUID()}`,
		topics: [topics.approvalRequests.name],
		fromBeginning: true,
		concurrency: 1,
		async handleBatch({ messages }) {
			const answers = messages
				.flatMap(readRequest)
				.filter(({ plan_id }) => planIds.includes(plan_id))
				.map((request) => toMessage(topics.approvalResponses.name, request));
			if (answers.length > 0) await producer.send(answers);
		},
	});
	return {
		async stop() {
			await consumer.stop();
			await producer.close();
		},
	};
}

/** The topic may hold what others wrote. */
function readRequest({ value }: IncomingMessage): ApprovalRequest[] {
	try {
		return [JSON.parse(String(value)) as ApprovalRequest];
	} catch {
		return [];
	}
}

function toMessage(topic: string, request: ApprovalRequest): OutgoingRecord {
	const answer: ApprovalResponse = {
		plan_id: request.plan_id,
		intent_id: request.intent_id,
		decision: "approved",
		approved_by: "demo approver",
		approved_at: Date.now(),
		rejection_reason: null,
		cognitive_plan_json: JSON.stringify(request.cognitive_plan),
		plan_hash: request.plan_hash,
	};
	const value = Buffer.from(JSON.stringify(answer));
	return fromText({ topic, key: request.plan_id, value });
}
