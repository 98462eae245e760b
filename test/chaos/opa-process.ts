import { findOpa } from "../../stack/fetch-opa.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { type OpaServer, startOpa } from "../support/opa.ts";
import type { Scene } from "./fault.ts";

/** An OPA server at a place of its own, which goes and comes back, and the workers that ask it. */
export interface OpaProcess {
	readonly port: number;
	start(): Promise<void>;
	kill(): Promise<void>;
	/** Workers one after the other: the others go on. */
	restartWorkers(env: Readonly<Record<string, string>>): Promise<void>;
}

/** undefined, and said, when the program is not at hand. */
export async function openOpa({
	world,
}: Scene): Promise<OpaProcess | undefined> {
	if (findOpa() === undefined) {
		world.report("opa is not at hand: nothing is broken (npm run policy)");
		return undefined;
	}
	const [port = 0] = await findFreePorts(1);
	let server: OpaServer | undefined;
	const { processes } = world;
	return {
		port,
		async start() {
			server = await startOpa({ after: () => {} }, { port });
		},
		async kill() {
			await server?.kill();
		},
		async restartWorkers(env) {
			processes.moreEnv = env;
			for (const worker of processes.workers) {
				await worker.stop();
				await processes.start(worker);
			}
			processes.moreEnv = {};
		},
	};
}

/** Settings by which a worker asks it, and soon again. */
export function askingAt(port: number): Record<string, string> {
	return {
		OPA_HOST: "127.0.0.1",
		OPA_PORT: String(port),
		OPA_CIRCUIT_BREAKER_RESET_TIMEOUT: "1",
	};
}

/** Plans of all faults so far, by the verdict of their first question. */
export async function countVerdicts(
	{ world }: Scene,
	wanted: string,
): Promise<number> {
	return await world.store.collection("workflows").countDocuments({
		$or: [{ "policy.c1": wanted }, { "policy.c3": wanted }],
	});
}
