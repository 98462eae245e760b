import { loadConfig } from "./config.ts";

let stopping = false;
// Before the rest is loaded, which takes seconds: as process 1 of a container nothing else would heed them.
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
const config = loadSettings();
const starting = import("./app.ts").then(({ startApp }) => startApp(config));
const app = await starting.catch(refuse);

async function stop(exitCode: number): Promise<void> {
	// A second signal stops the process at once.
	if (stopping) process.exit(1);
	stopping = true;
	const hurry = setTimeout(
		() => process.exit(1),
		config.shutdownGraceMs + 15_000,
	);
	hurry.unref();
	const app = await starting.catch(refuse);
	await app.stop().catch((error: unknown) => {
		app.log.error({ error }, "the shutdown was not clean");
		process.exitCode = 1;
	});
	process.exit(process.exitCode ?? exitCode);
}

app.failed.catch((error: unknown) => {
	app.log.fatal({ error }, "a part of the service ended");
	void stop(1);
});

function loadSettings() {
	try {
		return loadConfig(process.env, process.cwd());
	} catch (error) {
		return refuse(error);
	}
}

/** Invalid settings need no stack trace; any other error is a bug. */
function refuse(error: unknown): never {
	if ((error as { code?: unknown }).code !== "SETTINGS_INVALID") throw error;
	console.error((error as Error).message);
	process.exit(2);
}
