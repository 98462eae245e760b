import { createLog } from "../../src/telemetry/pino-log.ts";
import { readFlags, usage } from "./flags.ts";
import { startAgents } from "./start-agents.ts";

const reading = readFlags(process.argv.slice(2), process.env);

if (reading.kind === "help") console.log(usage);
else if (reading.kind === "problems") {
	for (const problem of reading.problems) console.error(problem);
	console.error("\n--help lists what there is");
	process.exitCode = 2;
} else {
	const log = createLog({
		level: process.env.LOG_LEVEL ?? "info",
		service: "worker-agents",
		version: "1.0.0",
		environment: "local",
		roles: [],
	});
	const agents = await startAgents({ ...reading.options, log });
	const stop = Promise.withResolvers<void>();
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		process.once(signal, () => stop.resolve());
	}
	const ready = agents.ready().then(
		() => log.info({ ...reading.options }, "agents are ready"),
		() => "stopped before",
	);
	await stop.promise;
	await agents.stop();
	await ready;
	log.info({ ...agents.stats() }, "agents have stopped");
}
