// Runs while the image is built, in its folder: takes out what this platform never uses, and bundles the
// workflows, so that a process starts without webpack and can do so on a read-only file system.
import { globSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { bundleWorkflows } from "../src/temporal/bundle-workflows.ts";

const modules = path.join(import.meta.dirname, "..", "node_modules");
const bridge = path.join(modules, "@temporalio", "core-bridge");
const own = `${process.arch === "x64" ? "x86_64" : "aarch64"}-unknown-linux-gnu`;

const unused = [
	...readdirSync(path.join(bridge, "releases"))
		.filter((platform) => platform !== own)
		.map((platform) => path.join(bridge, "releases", platform)),
	// Its sources, in Rust.
	path.join(bridge, "sdk-core"),
	// The image has a Node.
	...globSync(path.join(modules, "node-{linux,bin-darwin}-*")),
	...globSync(path.join(modules, ".bin", "node")),
	...globSync(path.join(modules, "**", "*.map")),
];
for (const place of unused) rmSync(place, { recursive: true, force: true });
await bundleWorkflows();
console.log(
	`${unused.length} unused parts are gone; the workflows are bundled`,
);
