import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "..", "..");

test("installPackages: a package runs nothing while it is installed", (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "install-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const ran = path.join(folder, "ran");
	const write = (file: string, content: object) =>
		writeFileSync(path.join(folder, file), JSON.stringify(content));
	mkdirSync(path.join(folder, "nosy"));
	const named = { name: "nosy", version: "1.0.0" };
	const script = `node -e "fs.writeFileSync('${ran}', '')"`;
	write("nosy/package.json", { ...named, scripts: { postinstall: script } });
	const wishes = { dependencies: { nosy: "file:nosy" } };
	write("package.json", { name: "ours", version: "1.0.0", ...wishes });
	write("package-lock.json", {
		...{ name: "ours", version: "1.0.0", lockfileVersion: 3 },
		packages: {
			"": { name: "ours", version: "1.0.0", ...wishes },
			nosy: { version: "1.0.0", hasInstallScript: true },
			"node_modules/nosy": { resolved: "nosy", link: true },
		},
	});
	const source = path.join(root, "stack", "install-packages.mjs");
	const code = `import(${JSON.stringify(source)}).then((it) => it.installPackages(${JSON.stringify(folder)}))`;
	const install = spawnSync(process.execPath, ["-e", code], {
		encoding: "utf8",
	});
	assert.equal(install.status, 0, install.stderr);
	assert.ok(existsSync(path.join(folder, "node_modules", "nosy")));
	assert.ok(!existsSync(ran), "its script has run");
});

/**
 * Packages that would like to run something. Each was looked at: what it does is not needed. A new one
 * belongs here with its reason, after somebody has seen the service work without its script.
 */
const unneeded: Record<string, string> = {
	protobufjs: "warns of version ranges in other packages",
	"@scarf/scarf": "reports the installation to somebody's server",
	"@swc/core": "looks whether its native part is there, which npm has seen to",
};

test("packages: every one that has an install script is known to work without it", () => {
	const npmrc = readFileSync(path.join(root, ".npmrc"), "utf8");
	assert.match(npmrc, /^ignore-scripts=true$/m);
	const { packages } = JSON.parse(
		readFileSync(path.join(root, "package-lock.json"), "utf8"),
	) as { packages: Record<string, { hasInstallScript?: boolean }> };
	const names = Object.entries(packages)
		.filter(([, { hasInstallScript }]) => hasInstallScript)
		.map(([place]) => place.replace(/^.*node_modules\//, ""));
	assert.deepEqual(
		[...new Set(names)].sort(),
		Object.keys(unneeded).sort(),
		"look at what its script does, and write it down here",
	);
});
