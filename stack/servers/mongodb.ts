import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { artifacts } from "../artifacts.ts";
import { cached } from "../download-cache.ts";
import { fetchJars } from "../fetch-jars.ts";
import { findOnPath } from "../find-on-path.ts";
import { javaCommand } from "../java.ts";
import { runTool } from "../run-tool.ts";
import type { FetchContext, Installed, Place, Server } from "../server.ts";

const STOP_GRACE_MS = 10_000;
const ANSWER_TIMEOUT_MS = 2_000;
const STAND_IN_SOURCE = path.join(import.meta.dirname, "MongoStandIn.java");

/** `mongod` if the machine has it, else a stand-in that speaks its protocol: no registry has the real one. */
export const mongodb: Server<"mongodb"> = {
	name: "mongodb",
	variable: artifacts.mongodb.variable,
	portCount: 1,
	addressOf: ([port]) => `mongodb://127.0.0.1:${port}`,
	async fetch(context) {
		const mongod = findOnPath(artifacts.mongodb.programs);
		return mongod ? installMongod(mongod) : installStandIn(context);
	},
	ready: ping,
	stop: (process) => process.end(STOP_GRACE_MS),
};

function installMongod(program: string): Installed {
	const commandOf = ({ ports: [port], dataDirectory }: Place) => ({
		program,
		args: [
			...["--bind_ip", "127.0.0.1", "--port", String(port)],
			...["--dbpath", dataDirectory],
		],
	});
	return {
		kind: "mongod on PATH",
		start: async (place) => place.spawn(commandOf(place)),
	};
}

async function installStandIn(context: FetchContext): Promise<Installed> {
	const jars = await listJars(await fetchStandIn(context));
	const classes = await compileStandIn(jars, context.signal);
	const commandOf = ({ ports: [port], dataDirectory }: Place) =>
		javaCommand({
			classPath: [...jars, classes],
			mainClass: "MongoStandIn",
			args: [String(port), path.join(dataDirectory, "mongodb.h2")],
			// With less, a history of some hundred large plans has it collect garbage for seconds at a time.
			maxHeapMegabytes: 2_048,
			options: ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"],
		});
	return {
		kind: "stand-in (mongo-java-server)",
		start: async (place) => place.spawn(commandOf(place)),
	};
}

function fetchStandIn({ report, signal }: FetchContext): Promise<string> {
	const jars = artifacts.mongodb;
	const fill = (folder: string) => {
		report(`mongodb: fetching the stand-in (${jars.megabytes} MB) from Maven`);
		return fetchJars(jars, folder, signal);
	};
	return cached(jars, fill, signal);
}

async function listJars(folder: string): Promise<string[]> {
	return (await readdir(folder)).map((file) => path.join(folder, file));
}

/** Compiled once for each text of the source: Java's own run-from-source costs a second at every start. */
function compileStandIn(
	jars: readonly string[],
	signal: AbortSignal,
): Promise<string> {
	const source = readFileSync(STAND_IN_SOURCE);
	const digest = createHash("sha256").update(source).digest("hex");
	const version = `${artifacts.mongodb.version}-${digest.slice(0, 12)}`;
	const compiler = ["--module", "jdk.compiler/com.sun.tools.javac.Main"];
	const fill = (folder: string) => {
		const classPath = ["-cp", jars.join(path.delimiter)];
		const args = [...compiler, ...classPath, "-d", folder, STAND_IN_SOURCE];
		return runTool("java", args, signal);
	};
	return cached({ name: "mongo-stand-in-classes", version }, fill, signal);
}

async function ping(address: string): Promise<void> {
	const { MongoClient } = await import("mongodb");
	const client = new MongoClient(address, {
		serverSelectionTimeoutMS: ANSWER_TIMEOUT_MS,
	});
	try {
		await client.db("admin").command({ ping: 1 });
	} finally {
		await client.close();
	}
}
