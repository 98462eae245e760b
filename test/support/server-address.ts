/** Address of a real server from the environment; `node stack/main.ts env` prints them. */
export function serverAddress(
	name:
		| "KAFKA_BOOTSTRAP_SERVERS"
		| "TEMPORAL_HOST"
		| "MONGODB_URI"
		| "REDIS_CLUSTER_NODES",
): string {
	const address = process.env[name];
	if (address === undefined || address === "") {
		throw new Error(
			`${name} is not set: run \`npm test\`, which starts the servers, or \`eval "$(node stack/main.ts env)"\``,
		);
	}
	return address;
}
