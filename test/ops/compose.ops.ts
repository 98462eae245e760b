import path from "node:path";
import { test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";
import { runTool } from "../../stack/run-tool.ts";

const root = path.join(import.meta.dirname, "..", "..");
const compose = await haveTool("compose");

test("docker-compose.yml: compose reads it", {
	skip: compose.missing,
}, async ({ signal }) => {
	await runTool(compose.program, ["config", "--quiet"], signal, root);
});
