import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { haveTool } from "../../stack/ops-tools.ts";

export const chartFolder = path.join(import.meta.dirname, "..", "..", "helm");
export const KUBERNETES = "1.37.0";
export const helm = await haveTool("helm");
/** What `values.yaml` says. */
export const defaults: Values = parse(
	readFileSync(path.join(chartFolder, "values.yaml"), "utf8"),
);

export interface Values {
	[name: string]: unknown;
}

interface EnvironmentVariable {
	name: string;
	value?: string;
	valueFrom?: { secretKeyRef: { name: string; key: string } };
}

interface LockedDown {
	readOnlyRootFilesystem: boolean;
	allowPrivilegeEscalation: boolean;
	capabilities: { drop: string[] };
}

interface PodSpec {
	terminationGracePeriodSeconds: number;
	securityContext: { runAsNonRoot: boolean };
	initContainers?: { securityContext: LockedDown }[];
	containers: {
		securityContext: LockedDown;
		env: EnvironmentVariable[];
		lifecycle: { preStop: { sleep: { seconds: number } } };
	}[];
}

/** An object of Kubernetes, with the fields that tests look at. */
export interface Rendered {
	apiVersion: string;
	kind: string;
	metadata: { name: string };
	spec: {
		replicas?: number;
		template: { spec: PodSpec };
		groups?: { rules: object[] }[];
		egress?: { ports: { port: number }[] }[];
	};
	data?: Record<string, string>;
}

/** What Helm makes of the chart with these values; throws with its words when it refuses them. */
export function renderText(values: object, ...words: string[]): string {
	const folder = mkdtempSync(path.join(tmpdir(), "values-"));
	const file = path.join(folder, "values.json");
	writeFileSync(file, JSON.stringify(values));
	const command = words.length > 0 ? words : ["template", "orchestrator"];
	try {
		return execFileSync(
			helm.program,
			[
				...[...command, chartFolder, "--namespace", "ns", "--values", file],
				// Without a cluster Helm takes its own word for the version.
				...["--kube-version", KUBERNETES],
			],
			{ stdio: "pipe" },
		).toString();
	} finally {
		rmSync(folder, { recursive: true });
	}
}

export function render(values: object): Rendered[] {
	return parseAllDocuments(renderText(values))
		.map((document) => document.toJS() as Rendered | null)
		.filter((it) => it !== null);
}

/** The variables of each role's process; of a secret `secret:key` in place of a value. */
export function environments(
	rendered: readonly Rendered[],
): Record<string, Record<string, string>> {
	return Object.fromEntries(
		deployments(rendered).map(({ metadata, spec }) => {
			const env = spec.template.spec.containers[0]?.env ?? [];
			const role = metadata.name.replace("orchestrator-", "");
			return [role, Object.fromEntries(env.map(read))];
		}),
	);
}

export function deployments(rendered: readonly Rendered[]): Rendered[] {
	return rendered.filter(({ kind }) => kind === "Deployment");
}

function read({ name, value, valueFrom }: EnvironmentVariable) {
	const from = valueFrom?.secretKeyRef;
	return [name, value ?? `${from?.name}:${from?.key}`] as const;
}

const addresses = {
	TEMPORAL_HOST: "temporal:7233",
	KAFKA_BOOTSTRAP_SERVERS: "kafka-1:9092,kafka-2:9092",
	REDIS_CLUSTER_NODES: "redis:6379",
};

/** The least that there must be. */
export const least: Values = {
	config: { ...addresses, AUTH_MODE: "jwt", ...jwt() },
	secrets: { MONGODB_URI: { secret: "stores", key: "mongodb" } },
};

/** Everything that can be turned on. */
export const everything: Values = {
	...least,
	image: { digest: `sha256:${"0".repeat(64)}` },
	config: {
		...addresses,
		AUTH_MODE: "none",
		AUTH_NONE_FORCE: true,
		KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
		KAFKA_SASL_USERNAME: "orchestrator",
		KAFKA_SSL_CA_LOCATION: "/etc/tls/kafka/ca.crt",
		SHUTDOWN_GRACE_MS: 61_500,
	},
	secrets: {
		MONGODB_URI: { secret: "stores", key: "mongodb" },
		KAFKA_SASL_PASSWORD: { secret: "kafka", key: "password" },
		SERVICE_REGISTRY_TOKEN: { secret: "registry", key: "token" },
	},
	mounts: [
		{ name: "kafka-tls", secret: "kafka-ca", path: "/etc/tls/kafka" },
		{ name: "bundle", configMap: "policies", path: "/etc/policies" },
	],
	roles: {
		api: { scaling: { by: "cpu" }, config: { LOG_LEVEL: "debug" } },
		intake: { scaling: { by: "events" } },
		worker: { scaling: { by: "events" } },
		registry: { enabled: true, scaling: { by: "cpu" } },
	},
	opa: { enabled: true },
	keda: { authentication: "kafka-and-temporal" },
	scheduling: {
		whenUnsatisfiable: "DoNotSchedule",
		nodeSelector: { pool: "apps" },
		tolerations: [{ key: "apps", operator: "Exists" }],
		priorityClassName: "high",
	},
	podAnnotations: { note: "yes" },
	networkPolicy: {
		enabled: true,
		callers: [{ namespaceSelector: { matchLabels: { name: "gateway" } } }],
		scrapers: [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }],
	},
	monitoring: {
		serviceMonitor: {
			enabled: true,
			labels: { release: "prometheus" },
			token: { secret: "metrics", key: "token" },
		},
		rules: { enabled: true, labels: { release: "prometheus" } },
		dashboards: { enabled: true },
		runbookUrl: "https://wiki.example.com/runbook",
	},
};

/** Other combinations that people have. */
export const matrix: Record<string, Values> = {
	least,
	everything,
	"only workers": {
		...least,
		roles: { api: { enabled: false }, intake: { enabled: false } },
	},
	"closed network": { ...least, networkPolicy: { enabled: true } },
};

function jwt() {
	return {
		AUTH_JWT_JWKS_URL: "https://id.example.com/jwks.json",
		AUTH_JWT_ISSUER: "https://id.example.com/",
		AUTH_JWT_AUDIENCE: "orchestrator",
	};
}
