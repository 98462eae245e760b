import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENS = "0A";
const HERE = /(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)/;

/**
 * The process that listens at a loopback address, `127.0.0.1:7233` or in a URI, from Linux' /proc; undefined: none that
 * may be seen, or the address is another machine's.
 */
export function listeningPid(address = ""): number | undefined {
	const port = Number(HERE.exec(address)?.[1]);
	const sockets = new Set(
		["tcp", "tcp6"].flatMap((table) => socketsOf(table, port)),
	);
	if (sockets.size === 0) return undefined;
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	const pid = pids.find((name) =>
		filesOf(name).some((file) => sockets.has(file)),
	);
	return pid === undefined ? undefined : Number(pid);
}

function socketsOf(table: string, port: number): string[] {
	const [, ...rows] = readFileSync(`/proc/net/${table}`, "utf8").split("\n");
	return rows.flatMap((row) => {
		const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
		const isIts = Number.parseInt(local.split(":").at(-1) ?? "", 16) === port;
		return isIts && state === LISTENS ? [`socket:[${inode}]`] : [];
	});
}

/** What its descriptors refer to; nothing when it has ended or belongs to somebody else. */
function filesOf(pid: string): string[] {
	const directory = `/proc/${pid}/fd`;
	try {
		return readdirSync(directory).map((name) => {
			try {
				return readlinkSync(`${directory}/${name}`);
			} catch {
				return "closed meanwhile";
			}
		});
	} catch {
		return [];
	}
}
