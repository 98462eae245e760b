import type { Author } from "../domain/author.ts";
import { type HealthAnswer, judgeInstance } from "../domain/health-score.ts";
import { type HttpSide, httpSides } from "../domain/rollout/names.ts";
import { OrchestratorError } from "../errors.ts";
import type { HttpSwitch } from "../rollout/ports.ts";
import { askInstance } from "./ask-instance.ts";
import type {
	BlueGreenRequest,
	DeploySources,
	DeployStatus,
	InstanceStatus,
	ReleaseStatus,
} from "./routes.ts";

/** Releases, which their controller carries out. */
export interface Releases {
	/** The newest one of the deployment. Throws STORE_UNAVAILABLE. */
	last(deployment: string): Promise<ReleaseStatus | undefined>;
	startBlueGreen(
		deployment: string,
		request: BlueGreenRequest,
		by: Author,
	): Promise<ReleaseStatus>;
}

export interface DeployDeps {
	service: {
		version: string;
		build: string;
		deployment: string | null;
		variant: string | null;
	};
	settings: {
		isEmergency: boolean;
		autoSwitch: boolean;
		minScore: number;
		nginx: { ports: Readonly<Record<HttpSide, number>> } | undefined;
	};
	/** undefined: there is one instance. */
	http: Pick<HttpSwitch, "current"> | undefined;
	releases: Releases;
	disabledFeatures(): string[];
}

/** Implements the ports of the routes. */
export function deploySources(deps: DeployDeps): DeploySources {
	const { service, settings, http, releases, disabledFeatures } = deps;
	const { deployment } = service;

	return {
		async status() {
			const notes: string[] = [];
			const note = (what: string) => (error: unknown) => {
				notes.push(`${what}: ${(error as Error).message}`);
				return null;
			};
			const ports = settings.nginx?.ports;
			const [side, release, ...instances] = await Promise.all([
				http?.current().catch(note("who has the requests is not known")) ??
					null,
				deployment === null
					? null
					: releases
							.last(deployment)
							.catch(note("the last release is not known")),
				...(ports === undefined
					? []
					: httpSides.map((one) => look(one, ports[one], settings.minScore))),
			]);
			const active = instances.find((one) => one.side === side);
			const health_score = active?.score ?? null;
			if (health_score !== null && health_score < settings.minScore)
				notes.push(`the active instance is ill, go back: ${active?.detail}`);
			return {
				mode: settings.nginx === undefined ? "single" : "bluegreen",
				emergency: settings.isEmergency,
				auto_switch_on_health: settings.autoSwitch,
				version: service.version,
				build_id: service.build,
				...{ deployment, variant: service.variant },
				active_side: side,
				active_port: active?.port ?? null,
				staging_port:
					instances.find((one) => side !== null && one.side !== side)?.port ??
					null,
				...{ health_score, instances, release: release ?? null, notes },
				disabled_features: disabledFeatures(),
			} satisfies DeployStatus;
		},

		async blueGreen({ build_id, dry_run }, by): Promise<ReleaseStatus> {
			const { autoSwitch, nginx } = settings;
			if (nginx === undefined)
				throw refused("DEPLOY_MODE is single: there is no second instance");
			if (deployment === null)
				throw refused(
					"WORKER_DEPLOYMENT_NAME is not set: a release is of a deployment",
				);
			const request = { build_id, dry_run: dry_run || !autoSwitch };
			return await releases.startBlueGreen(deployment, request, by);
		},
	};
}

async function look(
	side: HttpSide,
	port: number,
	minScore: number,
): Promise<InstanceStatus> {
	const place = { side, port };
	try {
		const url = `http://127.0.0.1:${port}/health`;
		const answer = await askInstance<HealthAnswer>(url);
		const { build_id } = answer.identity;
		const { score, detail } = judgeInstance(answer, {
			...{ build: build_id, minScore },
		});
		return { ...place, build_id, score, detail };
	} catch (error) {
		const detail = `does not answer: ${(error as Error).message}`;
		return { ...place, build_id: null, score: null, detail };
	}
}

function refused(why: string): OrchestratorError {
	const text = `no blue-green release can begin: ${why}`;
	return new OrchestratorError("COMMAND_REFUSED", text);
}
