import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { cached } from "./download-cache.ts";
import { runTool } from "./run-tool.ts";

const REQUIREMENTS = path.join(
	import.meta.dirname,
	...["..", "training", "requirements.txt"],
);

/**
 * A Python with MLflow, scikit-learn and ONNX, outside the tree: its program. Made once, in about two minutes, by pip
 * from its package index.
 */
export async function openMlPython(): Promise<string> {
	const wanted = readFileSync(REQUIREMENTS);
	const version = createHash("sha256").update(wanted).digest("hex");
	const name = { name: "ml-python", version: version.slice(0, 12) };
	const folder = await cached(name, async (target) => {
		await runTool("python3", ["-m", "venv", target]);
		const pip = ["-m", "pip", "install", "--quiet", "-r", REQUIREMENTS];
		await runTool(path.join(target, "bin", "python"), pip);
	});
	return path.join(folder, "bin", "python");
}
