import { open, readFile, rename } from "node:fs/promises";

/** `map "" $stable_address { default "127.0.0.1:8791"; }` in any layout (deploy/nginx/upstreams/stable.conf). */
const ADDRESS = /\$stable_address\s*\{[^}]*\bdefault\s+"([^"\s]+)"\s*;/;

/** The address that has the requests. Throws when the file cannot be read or says none. */
export async function readUpstream(file: string): Promise<string> {
	const [, address] = ADDRESS.exec(await readFile(file, "utf8")) ?? [];
	if (address === undefined)
		throw new Error(`${file} names no $stable_address`);
	return address;
}

/** Writes it beside the file and renames: whoever reads has the one or the other, also after a crash. */
export async function writeUpstream(
	file: string,
	address: string,
): Promise<void> {
	const next = `${file}.${process.pid}.new`;
	const handle = await open(next, "w");
	try {
		await handle.writeFile(`# Written by the switch of a release (DEPLOY_UPSTREAM_FILE).
map "" $stable_address {
	default "${address}";
}
`);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(next, file);
}
