import path from "node:path";
import type { Command } from "./server-process.ts";

/** For servers that live minutes on a developer's machine: little memory, quick start. */
const QUICK_START = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

export interface JavaProgram {
	classPath: readonly string[];
	mainClass: string;
	args: readonly string[];
	maxHeapMegabytes: number;
	/** `-D...` and other options of the virtual machine. */
	options?: readonly string[];
}

/** Answers the command that runs a Java main class. */
export function javaCommand(program: JavaProgram): Command {
	return {
		program: "java",
		args: [
			...["-Xms64m", `-Xmx${program.maxHeapMegabytes}m`, ...QUICK_START],
			...(program.options ?? []),
			...["-cp", program.classPath.join(path.delimiter), program.mainClass],
			...program.args,
		],
	};
}
