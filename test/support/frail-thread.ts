import { parentPort } from "node:worker_threads";

/** Stands in for the thread of dry runs: what it is given says what becomes of it; else it answers that. */
parentPort?.on("message", ({ body }: { body: Uint8Array }) => {
	const text = new TextDecoder().decode(body);
	if (text === "exit") process.exit(3);
	if (text === "throw") throw new Error("a test");
	if (text !== "hang") parentPort?.postMessage({ kind: "done", json: body });
});
