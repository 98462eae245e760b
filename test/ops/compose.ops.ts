import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { explainConfig, settingNames } from "../../src/config.ts";
import { roles } from "../../src/settings/service.ts";
import { haveTool } from "../../stack/ops-tools.ts";

interface ComposeService {
	image: string;
	environment?: Record<string, string>;
	volumes?: { type: string; source: string }[];
	ports?: { host_ip?: string }[];
	depends_on?: Record<string, unknown>;
}

const root = path.join(import.meta.dirname, "..", "..");
const compose = await haveTool("compose");
const skip = compose.missing;
const services: Record<string, ComposeService> = skip ? {} : readServices();

/** Compose itself refuses unknown keys, and volumes, configs and services that are not there. */
function readServices(): Record<string, ComposeService> {
	const output = execFileSync(compose.program, ["config", "--format", "json"], {
		cwd: root,
	});
	return JSON.parse(output.toString()).services;
}

test("docker-compose.yml: every role starts with its variables, and all of them are settings", {
	skip,
}, () => {
	for (const role of roles) {
		const { environment = {}, depends_on = {} } = services[role] ?? {};
		assert.equal(environment.ROLES, role);
		const foreign = Object.keys(environment).filter(
			(name) => !settingNames.has(name),
		);
		assert.deepEqual(foreign, [], role);
		const inImage = { HTTP_HOST: "0.0.0.0", ENV_FILE: "none", ...environment };
		const { problems, warnings } = explainConfig(inImage);
		assert.deepEqual([...problems, ...warnings], [], role);
		assert.ok("temporal" in depends_on);
	}
});

test("docker-compose.yml: images are pinned, mounted files exist, ports are open to this machine alone", {
	skip,
}, () => {
	const all = Object.values(services);
	assert.ok(all.length >= 14);
	for (const { image, volumes = [], ports = [] } of all) {
		assert.match(image, /:[0-9][^:]*$|:v[0-9][^:]*$/);
		for (const { type, source } of volumes)
			if (type === "bind") assert.ok(existsSync(source), source);
		for (const { host_ip } of ports) assert.equal(host_ip, "127.0.0.1");
	}
});

test("deploy/compose.canary.yml: a canary of the API beside the stable one, nginx before both", {
	skip,
}, () => {
	const files = ["-f", "docker-compose.yml", "-f", "deploy/compose.canary.yml"];
	const output = execFileSync(
		compose.program,
		[...files, "config", "--format", "json"],
		{ cwd: root },
	);
	const all: Record<string, ComposeService> = JSON.parse(
		output.toString(),
	).services;
	const { environment, ports = [] } = all["api-canary"] ?? {};
	assert.equal(environment?.ROLES, "api");
	assert.equal(environment?.DEPLOYMENT_VARIANT, "canary");
	assert.deepEqual(ports, []);
	for (const { type, source } of all.nginx?.volumes ?? [])
		if (type === "bind") assert.ok(existsSync(source), source);
	assert.equal(all.nginx?.ports?.[0]?.host_ip, "127.0.0.1");
});
