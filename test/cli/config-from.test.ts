import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { runCli } from "./support/run-cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "config-from-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
	path.join(folder, "old.env"),
	`kafka_bootstrap_servers=k1:9092
MONGODB_URI=mongodb://u:s3same@m:27017
REDIS_CLUSTER_NODES=r:6379
OPA_ALLOWED_TENANTS=["gold"]
VAULT_ENABLED=true
SELF_HEALING_ENABLED=true
ML_CANARY_ENABLED=false
GF_PATHS=x
`,
);
const env = { KAFKA_BOOTSTRAP_SERVERS: "", HTTP_PORT: "many" };
const run = (...args: string[]) => runCli(args, { env, cwd: folder });

test("cli config --from: says what a file of the earlier service would mean, whatever is set here", async () => {
	const { code, stdout } = await run("config", "--from", "old.env", "--json");
	assert.equal(code, 0, stdout);
	const { settings, problems, warnings } = JSON.parse(stdout);
	assert.deepEqual(problems, []);
	assert.deepEqual(
		settings.map(({ name, value }: { name: string; value: string }) => [
			name,
			value,
		]),
		[
			["KAFKA_BOOTSTRAP_SERVERS", "k1:9092"],
			["MONGODB_URI", "mongodb://***@m:27017"],
			["REDIS_CLUSTER_NODES", "r:6379"],
			["OPA_ALLOWED_TENANTS", '["gold"]'],
		],
	);
	assert.deepEqual(
		warnings.map((line: string) => line.split(/:| \(/)[0]).sort(),
		[
			"GF_PATHS is no setting of this service nor of the earlier one",
			"ML_CANARY_ENABLED has no effect",
			"SELF_HEALING_ENABLED has no effect",
			"VAULT_ENABLED has no effect",
		],
	);
	assert.doesNotMatch(stdout, /s3same/);
});

test("cli config --from: exit 2 for what would not start, and for a file that is not there", async () => {
	writeFileSync(path.join(folder, "bad.env"), "HTTP_PORT=many\n");
	assert.equal((await run("config", "--from", "bad.env")).code, 2);
	assert.equal((await run("config", "--from", "none.env")).code, 2);
});
