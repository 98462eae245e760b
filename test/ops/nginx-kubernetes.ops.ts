import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { haveTool } from "../../stack/ops-tools.ts";
import { KUBERNETES } from "./chart.ts";

const [nginx, validator] = await Promise.all([
	haveTool("nginx"),
	haveTool("kubernetes-validate"),
]);
const root = path.join(import.meta.dirname, "../..");
const manifest = path.join(root, "deploy/nginx.kubernetes.yaml");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Source {
	configMap: { name: string; items?: { key: string; path: string }[] };
}

const objects = parseAllDocuments(readFileSync(manifest, "utf8")).map(
	(document) => document.toJS(),
);
const of = (kind: string) => objects.find((one) => one.kind === kind);

test("deploy/nginx.kubernetes.yaml: Kubernetes' own schemas find nothing", {
	skip: validator.missing,
}, () => {
	execFileSync(
		validator.program,
		["--strict", "--kubernetes-version", KUBERNETES, manifest],
		{ env: { ...process.env, PYTHONPATH: validator.folder }, stdio: "pipe" },
	);
});

test("deploy/nginx.kubernetes.yaml: with the ConfigMaps that docs/production.md makes nginx has all its files, and takes them", {
	skip: nginx.missing,
}, (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "nginx-"));
	t.after(() => rmSync(folder, { recursive: true }));
	for (const name of ["run", "upstreams"]) mkdirSync(path.join(folder, name));
	const commands = read("docs/production.md").replaceAll("\\\n", "");
	const [, config] = of("Deployment").spec.template.spec.volumes;
	for (const { configMap } of config.projected.sources as Source[]) {
		const { name, items } = configMap;
		const own = of("ConfigMap").metadata.name === name;
		for (const { key, path: place } of own ? (items ?? []) : [])
			writeFileSync(path.join(folder, place), of("ConfigMap").data[key]);
		const made = new RegExp(`create configmap ${name} (.*)`).exec(commands);
		const files = made?.[1]?.matchAll(/--from-file=(\S+)/g) ?? [];
		for (const [, file = ""] of files)
			cpSync(path.join(root, file), path.join(folder, path.basename(file)));
		assert.ok(own || made, name);
	}
	// Nobody here knows the cluster's names.
	writeFileSync(path.join(folder, "resolver.conf"), "resolver 127.0.0.1;\n");
	const args = ["-t", "-p", `${folder}/`, "-c", "nginx.conf", "-e", "stderr"];
	execFileSync(nginx.program, args, { stdio: "pipe" });
});

test("deploy/nginx.kubernetes.yaml: its names are those of the scripts", () => {
	const settled = Object.fromEntries(
		[
			...read("deploy/canary_steps.sh").matchAll(/settle ([A-Z_]+) (\S+?)\)/g),
		].map(([, name = "", value]) => [name, value]),
	);
	assert.equal(of("Deployment").metadata.name, settled.NGINX_DEPLOYMENT);
	const text = readFileSync(manifest, "utf8");
	assert.match(text, new RegExp(`name: ${settled.SPLIT_CONFIGMAP} `));
	for (const name of [settled.PROD_DEPLOYMENT, settled.CANARY_DEPLOYMENT])
		assert.match(text, new RegExp(`"${name}\\.default\\.svc`));
});
