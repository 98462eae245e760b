export type CountedServer = "kafka" | "mongodb" | "redis";
/** Which server listens on a port. */
export type ServerPorts = Record<string, CountedServer>;
/** Requests by `server.request`. */
export type RequestCounts = Record<string, number>;

/** Kafka's numbers of requests (https://kafka.apache.org/protocol#protocol_api_keys), those we make. */
const kafkaRequests: Record<number, string> = {
	0: "produce",
	1: "fetch",
	2: "listOffsets",
	3: "metadata",
	8: "commit",
	9: "fetchOffsets",
	12: "heartbeat",
};

/** Made by time and not by tickets. */
const housekeeping = new Set([
	"kafka.metadata",
	"kafka.heartbeat",
	"mongodb.hello",
	"mongodb.ping",
	"mongodb.endSessions",
	"redis.info",
	"redis.ping",
]);

/** Names the request that these bytes begin, by the server's protocol; `other` when it is none we know. */
export function requestName(server: CountedServer, bytes: Buffer): string {
	if (server === "kafka") return kafkaName(bytes);
	return server === "mongodb" ? mongodbName(bytes) : redisName(bytes);
}

/** Round trips to each server, without those that time makes. */
export function roundTrips(
	counts: RequestCounts,
): Record<CountedServer, number> {
	const sums = { kafka: 0, mongodb: 0, redis: 0 };
	for (const [name, count] of Object.entries(counts)) {
		if (housekeeping.has(name)) continue;
		sums[name.split(".")[0] as CountedServer] += count;
	}
	return sums;
}

/** What was counted between two moments. */
export function countsSince(
	before: RequestCounts,
	after: RequestCounts,
): RequestCounts {
	const grown = Object.entries(after).map(
		([name, count]) => [name, count - (before[name] ?? 0)] as const,
	);
	return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

/** Length, then the number of the request. */
function kafkaName(bytes: Buffer): string {
	if (bytes.length < 6) return "other";
	return kafkaRequests[bytes.readInt16BE(4)] ?? "other";
}

const MESSAGE_HEADER_BYTES = 16;
/** Header, flags, kind of the section, length of the document, type of its first field. */
const COMMAND_NAME_AT = MESSAGE_HEADER_BYTES + 4 + 1 + 4 + 1;

/** The first field of the document is the command. */
function mongodbName(bytes: Buffer): string {
	const end = bytes.indexOf(0, COMMAND_NAME_AT);
	if (end === -1 || end - COMMAND_NAME_AT > 30) return "other";
	return bytes.toString("latin1", COMMAND_NAME_AT, end);
}

/** `*2\r\n$3\r\nGET\r\n...`: the first command of a pipeline stands for all of it. */
function redisName(bytes: Buffer): string {
	const [, , name] = bytes.toString("latin1", 0, 40).split("\r\n");
	return name?.toLowerCase() ?? "other";
}
