import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { chartOwnSettings } from "../../docs/chart-schema.ts";
import { explainConfig, settingNames } from "../../src/config.ts";
import { settingsSchema } from "../../src/config-schema.ts";
import {
	type NamedSetting,
	settingFacts,
} from "../../src/settings/describe-setting.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import {
	deployments,
	environments,
	everything,
	helm,
	KUBERNETES,
	least,
	matrix,
	render,
	renderText,
	type Values,
} from "./chart.ts";

const skip = helm.missing;
const validator = await haveTool("kubernetes-validate");

for (const [name, values] of Object.entries(matrix))
	test(`chart: ${name}: helm's lint and Kubernetes' own schemas find nothing`, {
		skip: skip || validator.missing,
	}, (t) => {
		renderText(values, "lint", "--strict");
		const objects = render(values).filter(
			({ apiVersion }) => !/coreos|keda/.test(apiVersion),
		);
		const folder = mkdtempSync(path.join(tmpdir(), "chart-"));
		t.after(() => rmSync(folder, { recursive: true }));
		const files = objects.map((object, index) => {
			const file = path.join(folder, `${index}-${object.kind}.yaml`);
			writeFileSync(file, JSON.stringify(object));
			return file;
		});
		assert.ok(files.length > 3);
		execFileSync(
			validator.program,
			["--strict", "--kubernetes-version", KUBERNETES, ...files],
			{ env: { ...process.env, PYTHONPATH: validator.folder }, stdio: "pipe" },
		);
	});

test("chart: every role starts with what it is given, and stops within its grace", {
	skip,
}, () => {
	for (const values of Object.values(matrix)) {
		const rendered = render(values);
		for (const [role, env] of Object.entries(environments(rendered))) {
			const given = { ...env, MONGODB_URI: "mongodb://mongodb:27017" };
			const files = /cannot be read|ENOENT/;
			const { problems, warnings } = explainConfig(given);
			const faults = problems.filter((problem) => !files.test(problem));
			assert.deepEqual([...faults, ...warnings], [], role);
			assert.equal(env.ROLES, role);
		}
		const graceMs = Number(
			(values.config as Values).SHUTDOWN_GRACE_MS ?? 20_000,
		);
		for (const { spec } of deployments(rendered)) {
			const { terminationGracePeriodSeconds, containers } = spec.template.spec;
			const pause = containers[0]?.lifecycle.preStop.sleep.seconds ?? 0;
			// src/main.ts gives itself 15 s beyond the drain.
			const needed = pause + graceMs / 1_000 + 15;
			assert.ok(terminationGracePeriodSeconds > needed, `${needed} s`);
		}
	}
});

test("chart: every container is locked down", { skip }, () => {
	for (const { spec } of deployments(render(everything))) {
		const {
			securityContext,
			containers,
			initContainers = [],
		} = spec.template.spec;
		assert.equal(securityContext.runAsNonRoot, true);
		for (const { securityContext } of [...containers, ...initContainers])
			assert.deepEqual(securityContext, {
				readOnlyRootFilesystem: true,
				allowPrivilegeEscalation: false,
				capabilities: { drop: ["ALL"] },
			});
	}
});

test("chart: every setting can be set, as config or as a secret, in each role", {
	skip,
}, () => {
	const settings = settingFacts(settingsSchema).filter(
		({ name }) => !chartOwnSettings.includes(name),
	);
	const open = settings.filter(({ facts }) => facts.secret !== true);
	const config = Object.fromEntries(
		open.map((setting) => [setting.name, sample(setting)]),
	);
	const hidden = settings.filter(({ facts }) => facts.secret === true);
	const secrets = Object.fromEntries(
		hidden.map(({ name }) => [name, { secret: "s", key: name.toLowerCase() }]),
	);
	const wanted = {
		...Object.fromEntries(
			Object.entries(config).map(([name, value]) => [name, String(value)]),
		),
		...Object.fromEntries(
			hidden.map(({ name }) => [name, `s:${name.toLowerCase()}`]),
		),
	};
	const roles = { registry: { enabled: true } };
	const found = environments(render({ config, secrets, roles }));
	assert.equal(Object.keys(found).length, 4);
	for (const [role, env] of Object.entries(found))
		assert.deepEqual(env, { ...wanted, ROLES: role, ENV_FILE: "none" });
	// Every one may be a secret, and be a role's own.
	const own = Object.fromEntries(
		settings.map(({ name }) => [name, { secret: "own", key: "k" }]),
	);
	const needed = Object.keys(least.config as Values);
	for (const name of [...needed, "HTTP_HOST", "SERVICE_VERSION"])
		delete own[name];
	const worker = environments(
		render({ ...least, roles: { worker: { secrets: own } } }),
	).worker;
	for (const name of Object.keys(own)) assert.equal(worker?.[name], "own:k");
});

/** A value that is not the default, in the setting's own type. */
function sample({ facts }: NamedSetting): unknown {
	const { enum: words, type, default: standard, maximum, example } = facts;
	if (words !== undefined) return words.at(-1);
	if (type === "boolean") return !standard;
	if (type !== "integer" && type !== "number") return example;
	return maximum ?? Number(example);
}

test("chart: what is wrong is refused, by the name of what is wrong", {
	skip,
}, () => {
	const config = least.config as Values;
	const refused: [values: object, words: RegExp][] = [
		[{ ...least, roels: {} }, /roels/],
		[{ ...least, roles: { api: { replica: 2 } } }, /replica/],
		[{ ...least, roles: { api: { replicas: 0 } } }, /replicas/],
		[{ ...least, roles: { api: { scaling: { by: "events" } } } }, /scaling/],
		[{ ...least, config: { ...config, LOG_LEVLE: "info" } }, /LOG_LEVLE/],
		[{ ...least, config: { ...config, HTTP_PORT: 70_000 } }, /HTTP_PORT/],
		[{ ...least, config: { ...config, ROLES: "api" } }, /ROLES/],
		[{ ...least, config: { ...config, REDIS_PASSWORD: "x" } }, /REDIS_PASS/],
		[
			{ config: { ...config, MONGODB_URI: "mongodb://u:p@m:27017" } },
			/MONGODB_URI/,
		],
		[{ config }, /MONGODB_URI is neither/],
		[
			{ ...least, config: { ...config, MONGODB_URI: "mongodb://m:27017" } },
			/MONGODB_URI is in config and in secrets/,
		],
		[{ secrets: least.secrets as object }, /TEMPORAL_HOST/],
	];
	for (const [values, words] of refused)
		assert.throws(() => renderText(values), words, String(words));
});

test("chart: the ports that the network policy lets out are those that the settings name", {
	skip,
}, () => {
	const rendered = render(everything);
	const named = Object.entries(environments(rendered).worker ?? {})
		.filter(
			([name]) => settingNames.has(name) && /HOST|SERVERS|NODES/.test(name),
		)
		.flatMap(([, value]) =>
			[...value.matchAll(/:(\d+)/g)].map(([, port]) => port),
		);
	const open = rendered
		.filter(({ kind }) => kind === "NetworkPolicy")
		.flatMap(({ spec }) => spec.egress ?? [])
		.flatMap(({ ports }) => ports.map(({ port }) => String(port)));
	assert.ok(named.length >= 4);
	for (const port of named) assert.ok(open.includes(String(port)), port);
});

test("chart: rules and dashboards are those of helm/, and alerts lead to the runbook", {
	skip,
}, () => {
	const rendered = render(everything);
	const rules = rendered.find(({ kind }) => kind === "PrometheusRule");
	const text = JSON.stringify(rules?.spec.groups);
	assert.match(text, /https:\/\/wiki\.example\.com\/runbook#/);
	assert.doesNotMatch(text, /docs\/runbook\.md/);
	const dashboards = rendered
		.filter(({ kind }) => kind === "ConfigMap")
		.flatMap(({ data = {} }) => Object.values(data));
	assert.ok(dashboards.length >= 5);
	for (const dashboard of dashboards) assert.ok(JSON.parse(dashboard).title);
});
