import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { findFreePorts } from "../../stack/free-ports.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { type Command, spawnServer } from "../../stack/server-process.ts";
import { waitUntil } from "../../stack/wait-until.ts";

interface Hooks {
	after(close: () => Promise<void>): void;
}

/** An object of Kubernetes as the server gives it back. */
export interface Stored {
	kind: string;
	metadata: {
		name: string;
		labels?: Record<string, string>;
		annotations?: Record<string, string>;
	};
	spec: Record<string, unknown> & {
		template?: { metadata: object; spec: object };
	};
	data?: Record<string, string>;
}

const etcd = await haveTool("etcd");
const kubectl = await haveTool("kubectl");
/** What takes minutes, not in vain. */
const build = !etcd.missing && !kubectl.missing;
const helm = await haveTool("helm", { build });
const apiserver = await haveTool("kube-apiserver", { build });

export const missing =
	etcd.missing || kubectl.missing || helm.missing || apiserver.missing;

const READY_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 10_000;
const CALL_TIMEOUT_MS = 120_000;
const TOKEN = "a-token";

/**
 * Kubernetes' own API server with its store, and the programs that people use on it. Nothing else of a cluster:
 * objects are checked and kept, and no pod runs.
 */
export async function startCluster(hooks: Hooks, folder: string) {
	const [client, peer, port] = await findFreePorts(3);
	const url = `https://127.0.0.1:${port}`;
	const certificates = path.join(folder, "certificates");
	const config = path.join(folder, "kubeconfig");
	writeFileSync(
		config,
		JSON.stringify(kubeconfig(url, path.join(certificates, "apiserver.crt"))),
		{ mode: 0o600 },
	);
	const store = `http://127.0.0.1:${client}`;
	run(hooks, folder, etcdCommand(folder, store, `http://127.0.0.1:${peer}`));
	run(hooks, folder, {
		program: apiserver.program,
		args: [
			`--etcd-servers=${store}`,
			...["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"],
			...[`--secure-port=${port}`, `--cert-dir=${certificates}`],
			"--service-cluster-ip-range=10.96.0.0/24",
			"--authorization-mode=RBAC",
			...identityOptions(folder),
		],
	});
	const call = (program: string, args: readonly string[], input: string) => {
		const { status, stdout, stderr, error } = spawnSync(program, args, {
			input,
			encoding: "utf8",
			maxBuffer: 64 * 1_048_576,
			timeout: CALL_TIMEOUT_MS,
			env: {
				PATH: process.env.PATH,
				HOME: folder,
				KUBECONFIG: config,
			},
		});
		assert.equal(error, undefined);
		if (status !== 0)
			throw new Error(`${args.join(" ")}: ${stderr.trim() || stdout}`);
		return { stdout, stderr };
	};
	const kube = (args: readonly string[], input = "") =>
		call(kubectl.program, args, input).stdout;
	await waitUntil(() => kube(["get", "--raw", "/readyz"]) === "ok", {
		timeoutMs: READY_TIMEOUT_MS,
		what: `the API server at ${url}, logs in ${folder}`,
	});
	return {
		/** Answers what it prints; throws with its words when it fails. */
		kubectl: kube,
		apply(object: object): void {
			kube(["apply", "--filename", "-"], JSON.stringify(object));
		},
		list(namespace: string, kinds: readonly string[]): Stored[] {
			const from = ["--namespace", namespace, "--output", "json"];
			const text = kube(["get", kinds.join(","), ...from]);
			return (JSON.parse(text) as { items: Stored[] }).items;
		},
		/** Answers what it prints; throws when it fails, and when it or the server warns of anything. */
		helm(...args: readonly string[]): string {
			const { stdout, stderr } = call(helm.program, args, "");
			assert.equal(stderr, "", args.join(" "));
			return stdout;
		},
	};
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

function run(hooks: Hooks, folder: string, command: Command): void {
	const log = path.join(folder, `${path.basename(command.program)}.log`);
	const server = spawnServer(command, log);
	hooks.after(() => server.end(STOP_GRACE_MS));
}

function etcdCommand(folder: string, client: string, peer: string): Command {
	return {
		program: etcd.program,
		args: [
			...["--data-dir", path.join(folder, "etcd")],
			...["--listen-client-urls", client, "--advertise-client-urls", client],
			...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
			...["--initial-cluster", `default=${peer}`],
		],
	};
}

/** Who asks, and who vouches for service accounts. */
function identityOptions(folder: string): string[] {
	const write = (name: string, text: string) => {
		const file = path.join(folder, name);
		writeFileSync(file, text, { mode: 0o600 });
		return file;
	};
	const { publicKey, privateKey } = generateKeyPairSync("rsa", {
		modulusLength: 2_048,
		publicKeyEncoding: { type: "spki", format: "pem" },
		privateKeyEncoding: { type: "pkcs8", format: "pem" },
	});
	const tokens = `${TOKEN},admin,admin,system:masters\n`;
	return [
		`--token-auth-file=${write("tokens.csv", tokens)}`,
		"--service-account-issuer=https://cluster.test",
		`--service-account-key-file=${write("accounts.pub", publicKey)}`,
		`--service-account-signing-key-file=${write("accounts.key", privateKey)}`,
	];
}

/** JSON is YAML. */
function kubeconfig(server: string, authority: string) {
	return {
		apiVersion: "v1",
		kind: "Config",
		clusters: [
			{ name: "test", cluster: { server, "certificate-authority": authority } },
		],
		users: [{ name: "admin", user: { token: TOKEN } }],
		contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
		"current-context": "test",
	};
}
