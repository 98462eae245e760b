import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
	chartFolder,
	everything,
	least,
	matrix,
	type Values,
} from "./chart.ts";
import {
	type Cluster,
	missing,
	type Stored,
	startCluster,
} from "./kube-apiserver.ts";

const root = path.join(import.meta.dirname, "../..");
const RELEASE = "orchestrator";
/** Of the operators that some values need. */
const foreign = [
	{ group: "keda.sh", version: "v1alpha1", kind: "ScaledObject" },
	{ group: "monitoring.coreos.com", version: "v1", kind: "ServiceMonitor" },
	{ group: "monitoring.coreos.com", version: "v1", kind: "PrometheusRule" },
];
/** All that the chart makes. */
const kinds = [
	...["ServiceAccount", "Deployment", "Service", "PodDisruptionBudget"],
	...["HorizontalPodAutoscaler", "NetworkPolicy", "ConfigMap"],
	...foreign.map(({ kind }) => kind),
];

/** What people change of an installation, one after the other. */
const combinations: Record<string, Values> = {
	...matrix,
	"with releases and learning": {
		...least,
		roles: { rollout: { enabled: true }, trainer: { enabled: true } },
	},
	"a setting instead of a secret": {
		config: { ...(least.config as object), MONGODB_URI: "mongodb://m:27017" },
	},
};

test("Kubernetes: its API server takes the chart with every combination of values, and each of its pods under the strictest standard", {
	skip: missing,
}, async (t) => {
	const cluster = await openCluster(t);
	let count = 0;
	for (const values of Object.values(combinations)) {
		const namespace = `chart-${count++}`;
		openNamespace(cluster, namespace);
		const install = ["install", RELEASE, ...chartWith(t, values, namespace)];
		cluster.helm(...install, "--dry-run=server");
		assert.deepEqual(
			stateOf(cluster, namespace),
			{},
			"a dry run leaves nothing",
		);
		cluster.helm(...install);
		for (const { metadata, spec } of cluster.list(namespace, ["Deployment"]))
			createPod(cluster, namespace, {
				metadata: { ...spec.template?.metadata, name: metadata.name },
				spec: spec.template?.spec,
			});
	}
	assert.throws(
		() =>
			createPod(cluster, "chart-0", {
				metadata: { name: "open" },
				spec: {
					serviceAccountName: RELEASE,
					containers: [{ name: "open", image: "open" }],
				},
			}),
		/violates PodSecurity "restricted/,
	);
});

test("Kubernetes: an upgrade leaves what an installation makes, a rollback what there was, and uninstalling nothing", {
	skip: missing,
}, async (t) => {
	const cluster = await openCluster(t);
	openNamespace(cluster, "old");
	const old = (...words: string[]) =>
		cluster.helm(...words, "--namespace", "old");
	cluster.helm("install", RELEASE, ...chartWith(t, least, "old"));
	const before = stateOf(cluster, "old");
	assert.ok(Object.keys(before).length > 8);
	let revision = 1;
	let withEverything = 0;
	for (const [name, values] of Object.entries(combinations)) {
		cluster.helm("upgrade", RELEASE, ...chartWith(t, values, "old"));
		openNamespace(cluster, `new-${++revision}`);
		if (name === "everything") withEverything = revision;
		const fresh = chartWith(t, values, `new-${revision}`);
		cluster.helm("install", RELEASE, ...fresh);
		assert.deepEqual(
			stateOf(cluster, "old"),
			stateOf(cluster, `new-${revision}`),
			name,
		);
	}
	old("rollback", RELEASE, "1");
	assert.deepEqual(stateOf(cluster, "old"), before);
	// As someone who leaves out a few revisions.
	old("rollback", RELEASE, `${withEverything}`);
	assert.ok("ScaledObject orchestrator-worker" in stateOf(cluster, "old"));
	old("uninstall", RELEASE);
	assert.deepEqual(stateOf(cluster, "old"), {});
});

test("Kubernetes: its API server takes deploy/nginx.kubernetes.yaml beside two installations, and its pod under the strictest standard", {
	skip: missing,
}, async (t) => {
	const cluster = await openCluster(t);
	openNamespace(cluster, "nginx");
	const manifest = path.join(root, "deploy/nginx.kubernetes.yaml");
	for (const release of [RELEASE, `${RELEASE}-canary`])
		cluster.helm("install", release, ...chartWith(t, everything, "nginx"));
	cluster.kubectl(["apply", "--namespace", "nginx", "--filename", manifest]);
	const made = cluster.list("nginx", ["Deployment"]);
	const nginx = made.find(({ metadata }) => /nginx/.test(metadata.name));
	assert.equal(made.length, 9);
	createPod(cluster, "nginx", {
		metadata: { name: "nginx" },
		spec: { ...nginx?.spec.template?.spec, serviceAccountName: RELEASE },
	});

	// As canary_promote.sh locks: who has read the same version comes second.
	const production = `deployment/${RELEASE}-api`;
	const inNginx = (...words: string[]) =>
		cluster.kubectl([...words, "--namespace", "nginx"]);
	const output = "--output=jsonpath={.metadata.resourceVersion}";
	const version = inNginx("get", production, output);
	const annotate = (annotation: string) =>
		inNginx("annotate", production, annotation, "--resource-version", version);
	annotate("first=ada");
	assert.throws(() => annotate("second=bob"), /has been modified/);
});

async function openCluster(t: TestContext): Promise<Cluster> {
	const folder = mkdtempSync(path.join(tmpdir(), "kubernetes-"));
	// Hooks run in their order: the servers end before their folder goes.
	const closes: (() => Promise<void>)[] = [];
	t.after(async () => {
		for (const close of closes.reverse()) await close();
		rmSync(folder, { recursive: true });
	});
	const cluster = await startCluster(
		{ after: (close) => closes.push(close) },
		folder,
	);
	for (const one of foreign) cluster.apply(definitionOf(one));
	cluster.kubectl([
		...["wait", "--for=condition=Established", "--timeout=60s"],
		...["customresourcedefinition", "--all"],
	]);
	cluster.apply({
		apiVersion: "scheduling.k8s.io/v1",
		kind: "PriorityClass",
		metadata: { name: "high" },
		value: 1_000,
	});
	return cluster;
}

/** The operators' own definitions are in no package registry; this one takes any fields. */
function definitionOf({ group, version, kind }: (typeof foreign)[number]) {
	const singular = kind.toLowerCase();
	const plural = `${singular}s`;
	const schema = {
		openAPIV3Schema: {
			type: "object",
			"x-kubernetes-preserve-unknown-fields": true,
		},
	};
	return {
		apiVersion: "apiextensions.k8s.io/v1",
		kind: "CustomResourceDefinition",
		metadata: { name: `${plural}.${group}` },
		spec: {
			group,
			names: { kind, singular, plural },
			scope: "Namespaced",
			versions: [{ name: version, served: true, storage: true, schema }],
		},
	};
}

function openNamespace(cluster: Cluster, name: string): void {
	const labels = Object.fromEntries(
		["enforce", "warn"].map((mode) => [
			`pod-security.kubernetes.io/${mode}`,
			"restricted",
		]),
	);
	cluster.apply({
		apiVersion: "v1",
		kind: "Namespace",
		metadata: { name, labels },
	});
}

/** Words for Helm. */
function chartWith(
	t: TestContext,
	values: object,
	namespace: string,
): string[] {
	const folder = mkdtempSync(path.join(tmpdir(), "values-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const file = path.join(folder, "values.json");
	writeFileSync(file, JSON.stringify(values));
	return [chartFolder, "--namespace", namespace, "--values", file];
}

/** As the cluster does for a Deployment, and without keeping it. */
function createPod(cluster: Cluster, namespace: string, pod: object): void {
	cluster.kubectl(
		["create", "--dry-run=server", "--namespace", namespace, "--filename", "-"],
		JSON.stringify({ apiVersion: "v1", kind: "Pod", ...pod }),
	);
}

/** What the chart decides of its objects, by kind and name. */
function stateOf(cluster: Cluster, namespace: string) {
	const decided = ({ metadata, spec, data }: Stored) => {
		// An address is given, `None` is asked for.
		const { clusterIP, clusterIPs, ...others } = spec ?? {};
		const isHeadless = clusterIP === "None";
		return { labels: metadata.labels, spec: { ...others, isHeadless }, data };
	};
	return Object.fromEntries(
		cluster
			.list(namespace, kinds)
			.filter(({ metadata }) => metadata.name.startsWith(RELEASE))
			.map((one) => [`${one.kind} ${one.metadata.name}`, decided(one)]),
	);
}
