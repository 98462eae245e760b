import type { Admin, GroupDescription } from "kafkajs";
import kafkajs from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

/** Which partitions of a topic each member of a consumer group reads now. */
export interface PartitionOwners {
	/** Of the member with this `client.id`; none when it is not known. Answers from memory. */
	partitionsOf(clientId: string): readonly number[];
	close(): Promise<void>;
}

export interface PartitionOwnersSettings {
	groupId: string;
	topic: string;
	/** Default 1 s. */
	refreshMs?: number;
	/** What was read is used for so long; then nobody is known. Default 15 s: longer than a rebalance. */
	maxAgeMs?: number;
}

const REFRESH_MS = 1_000;
const MAX_AGE_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
const nobody: readonly number[] = [];

/** Asks the group's coordinator in the background, over a connection that is kept while it works. */
export function watchPartitionOwners(
	kafka: KafkaSettings,
	{
		groupId,
		topic,
		refreshMs = REFRESH_MS,
		maxAgeMs = MAX_AGE_MS,
	}: PartitionOwnersSettings,
): PartitionOwners {
	const client = createKafkaClient(kafka, {
		requestTimeoutMs: 2_000,
		retries: 0,
	});
	let admin: Promise<Admin> | undefined;
	let owners: ReadonlyMap<string, readonly number[]> = new Map();
	let readAtMs = -Infinity;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;

	async function connect(): Promise<Admin> {
		const connecting = client.admin();
		await connecting.connect();
		// kafkajs finds a coordinator only among brokers that it has heard of.
		await connecting.fetchTopicMetadata({ topics: [topic] });
		return connecting;
	}

	async function refresh(): Promise<void> {
		admin ??= connect();
		const mine = admin;
		try {
			const { groups } = await (await mine).describeGroups([groupId]);
			// During a rebalance nobody has partitions: the owners of before are the best guess.
			const [group] = groups;
			if (group?.state === "Stable") {
				owners = ownersIn(group, topic);
				readAtMs = performance.now();
			}
		} catch (error) {
			kafka.log.debug({ error: String(error), groupId }, "owners not read");
			admin = undefined;
			await mine.then((it) => it.disconnect()).catch(() => undefined);
		}
		if (!closed) timer = setTimeout(() => void refresh(), refreshMs);
	}
	const first = refresh();

	return {
		partitionsOf(clientId) {
			const ageMs = performance.now() - readAtMs;
			return ageMs > maxAgeMs ? nobody : (owners.get(clientId) ?? nobody);
		},
		async close() {
			closed = true;
			clearTimeout(timer);
			const gone = Promise.resolve(admin).then((it) => it?.disconnect());
			await settlesWithin(CLOSE_TIMEOUT_MS, Promise.allSettled([first, gone]));
		},
	};
}

function ownersIn(
	{ members }: GroupDescription,
	topic: string,
): Map<string, readonly number[]> {
	const owners = new Map<string, number[]>();
	for (const { clientId, memberAssignment } of members) {
		if (memberAssignment.length === 0) continue;
		const decoded =
			kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment);
		const partitions = decoded?.assignment[topic] ?? [];
		owners.set(clientId, [...(owners.get(clientId) ?? []), ...partitions]);
	}
	return owners;
}
