import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type HealthAnswer, judgeInstance } from "../domain/health-score.ts";
import { type HttpSide, httpSides } from "../domain/rollout/names.ts";
import { OrchestratorError } from "../errors.ts";
import type { HttpSwitch } from "../rollout/ports.ts";
import { askInstance } from "./ask-instance.ts";
import { readUpstream, writeUpstream } from "./upstream-file.ts";

interface NginxSettings {
	upstreamFile: string;
	pidFile: string;
	/** Where nginx answers. */
	proxyUrl: string;
	ports: Readonly<Record<HttpSide, number>>;
	health: { minScore: number; tries: number; pauseMs: number };
	/** How long nginx may take to follow; default 8 s. */
	followMs?: number;
}

type Version = Pick<HealthAnswer["identity"], "build_id" | "instance_id">;

const FOLLOW_MS = 8_000;
const LOOK_MS = 100;
/** Several processes of nginx answer; those of before end one by one. */
const ANSWERS_IN_A_ROW = 5;
/** A canary beside the two has no say in it. */
const asStable = { "x-orchestrator-variant": "stable" };

/**
 * Two instances on this machine behind nginx. Its state is nginx's file and what nginx answers, nothing else: so it
 * goes on after a crash between any two steps. Throws DEPLOY_UNAVAILABLE.
 */
export function createNginxSwitch({
	upstreamFile,
	pidFile,
	proxyUrl,
	ports,
	health,
	followMs = FOLLOW_MS,
}: NginxSettings): HttpSwitch {
	const addressOf = (side: HttpSide) => `127.0.0.1:${ports[side]}`;
	const versionOf = (side: HttpSide) =>
		askInstance<Version>(`http://${addressOf(side)}/version`);
	const versionBehindNginx = () =>
		askInstance<Version>(`${proxyUrl}/version`, asStable);

	async function sideInFile(): Promise<HttpSide> {
		const address = await readUpstream(upstreamFile).catch((cause: unknown) => {
			throw unavailable(`nginx's file ${upstreamFile} cannot be read`, cause);
		});
		const side = httpSides.find((one) => addressOf(one) === address);
		if (side !== undefined) return side;
		throw unavailable(
			`nginx's file ${upstreamFile} names ${address}, which is neither port ${ports.blue} nor ${ports.green}`,
		);
	}

	/** Whether nginx answers for that instance, several times after each other. */
	async function isFollowed(instance: string): Promise<boolean> {
		for (let answers = 0; answers < ANSWERS_IN_A_ROW; answers += 1) {
			const { instance_id } = await versionBehindNginx();
			if (instance_id !== instance) return false;
		}
		return true;
	}

	async function awaitFollowed(instance: string): Promise<string | undefined> {
		const untilMs = performance.now() + followMs;
		let fault = "it still answers for another instance";
		while (performance.now() < untilMs) {
			try {
				if (await isFollowed(instance)) return undefined;
			} catch (error) {
				fault = (error as Error).message;
			}
			await sleep(LOOK_MS);
		}
		return fault;
	}

	async function point(side: HttpSide): Promise<void> {
		await writeUpstream(upstreamFile, addressOf(side));
		await tellNginx(pidFile);
	}

	return {
		async current() {
			const [behind, blue, green] = await Promise.allSettled([
				versionBehindNginx(),
				versionOf("blue"),
				versionOf("green"),
			]);
			const instanceOf = (answer: PromiseSettledResult<Version>) =>
				answer.status === "fulfilled" ? answer.value.instance_id : null;
			const serving = instanceOf(behind);
			if (serving !== null && serving === instanceOf(blue)) return "blue";
			if (serving !== null && serving === instanceOf(green)) return "green";
			return await sideInFile();
		},

		async switchTo(side) {
			const { instance_id } = await versionOf(side).catch((cause: unknown) => {
				throw unavailable(
					`the ${side} instance on port ${ports[side]} does not answer: requests stay where they are`,
					cause,
				);
			});
			const before = await sideInFile();
			const isDone =
				before === side && (await isFollowed(instance_id).catch(() => false));
			if (isDone) return;
			await point(side);
			const fault = await awaitFollowed(instance_id);
			if (fault === undefined) return;
			const what = `nginx did not go over to the ${side} instance within ${followMs} ms: ${fault}`;
			if (before === side) throw unavailable(what);
			await point(before);
			throw unavailable(`${what}; its file names the ${before} one again`);
		},

		async check(side, build) {
			let detail = "";
			for (let tries = 1; tries <= health.tries; tries += 1) {
				if (tries > 1) await sleep(health.pauseMs);
				try {
					const url = `http://${addressOf(side)}/health`;
					const answer = await askInstance<HealthAnswer>(url);
					if (typeof answer?.identity?.build_id !== "string")
						return { healthy: false, detail: `${url} is another program's` };
					const wanted = { build, minScore: health.minScore };
					return judgeInstance(answer, wanted);
				} catch (error) {
					detail = `the ${side} instance on port ${ports[side]} does not answer: ${(error as Error).message}`;
				}
			}
			return { healthy: false, detail };
		},
	};
}

/** Has nginx read its files again; requests under way end where they are. */
async function tellNginx(pidFile: string): Promise<void> {
	try {
		const pid = Number(await readFile(pidFile, "utf8"));
		if (!Number.isInteger(pid) || pid < 2)
			throw new Error(`${pidFile} holds no process id`);
		await refuseStrangers(pid);
		process.kill(pid, "SIGHUP");
	} catch (cause) {
		throw unavailable(`nginx cannot be told to read its files`, cause);
	}
}

/** The file may outlive nginx, and its number belong to somebody else by now. */
async function refuseStrangers(pid: number): Promise<void> {
	const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => null);
	// Where there is no /proc nobody can tell.
	if (name !== null && name.trim() !== "nginx")
		throw new Error(`process ${pid} is ${name.trim()}, not nginx`);
}

function unavailable(message: string, cause?: unknown): OrchestratorError {
	const why = cause === undefined ? "" : `: ${(cause as Error).message}`;
	return new OrchestratorError("DEPLOY_UNAVAILABLE", message + why, { cause });
}
