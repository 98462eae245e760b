import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Config, loadConfig } from "../../src/config.ts";
import type { Check } from "../../src/doctor/check.ts";
import { diagnose } from "../../src/wiring/diagnose.ts";
import type { Ending } from "./file-end.ts";

/** Nothing listens there. */
export const NOWHERE = "127.0.0.1:1";

/** The configuration of an environment in which every other server is away. */
export function configured(env: Readonly<Record<string, string>>): Config {
	return loadConfig({
		KAFKA_BOOTSTRAP_SERVERS: NOWHERE,
		TEMPORAL_HOST: NOWHERE,
		MONGODB_URI: `mongodb://${NOWHERE}`,
		REDIS_CLUSTER_NODES: NOWHERE,
		...env,
	});
}

/** What the doctor says under one name. */
export async function checksOf(config: Config, name: string): Promise<Check[]> {
	const checks: Check[] = [];
	for await (const check of diagnose(config, { directory: "." })) {
		if (check.name === name) checks.push(check);
	}
	return checks;
}

/** What the doctor says first under one name, in one line. */
export async function verdictOf(
	env: Readonly<Record<string, string>>,
	name: string,
): Promise<string> {
	const [check] = await checksOf(configured(env), name);
	if (check === undefined) return "nothing";
	const { status, detail, remedy } = check;
	return [status, detail, remedy].filter((it) => it !== undefined).join(": ");
}

/** A file with this text, gone with the test. */
export function fileWith(t: Ending, text: string): string {
	const directory = mkdtempSync(path.join(tmpdir(), "secret-"));
	t.after(() => rmSync(directory, { recursive: true }));
	const file = path.join(directory, "secret");
	writeFileSync(file, text);
	return file;
}
