import { type Check, failed, ok, warning } from "./check.ts";

/** Records that Kafka deleted before a group came to them. */
export interface UnreadGap {
	groupId: string;
	topic: string;
	partition: number;
	/** The next that the group would read. */
	wanted: bigint;
	/** The first there still is. */
	first: bigint;
}

const LOST = "RECORDS_DELETED";

/** Judges whether there are open letters for records set aside. */
export function checkSetAside(
	counts: readonly { reason: string; count: number }[],
): Check[] {
	const name = "records";
	if (counts.length === 0) return [ok(name, "none is set aside")];
	return counts.map(({ reason, count }) => {
		const list = `\`orchestrator dlq list --state open --reason-code ${reason}\``;
		return reason === LOST
			? failed(
					name,
					`${count} times Kafka's retention deleted records that nobody had read (${LOST})`,
					`see which with ${list}, have them published again, and discard the letters`,
				)
			: warning(
					name,
					`${count} letters stand for records that were set aside (${reason})`,
					`see them with ${list}, and send them back or discard them`,
				);
	});
}

/** Judges whether Kafka deleted records that our groups had not read. */
export function checkUnread(gaps: readonly UnreadGap[]): Check[] {
	const name = "unread records";
	if (gaps.length === 0) return [ok(name, "Kafka has all that is to be read")];
	return gaps.map(({ groupId, topic, partition, wanted, first }) =>
		failed(
			name,
			`${first - wanted} records of ${topic}, partition ${partition}, offsets ${wanted} to ${first - 1n}, were deleted before group ${groupId} read them`,
			"start the service, which writes a dead letter for them, have them published again, and raise retention.ms",
		),
	);
}
