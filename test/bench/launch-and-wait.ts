// A launcher to be killed: starts a process in the bench's way, and tells its id.
import { spawn } from "node:child_process";

const [preloaded] = process.argv.slice(2);
const idle = "setInterval(() => undefined, 1_000)";
const child = spawn(
	process.execPath,
	["--import", preloaded as string, "--eval", idle],
	{ stdio: ["ignore", "inherit", "inherit", "ipc"] },
);
process.send?.(child.pid);
