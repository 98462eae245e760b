import { parseAnswer, readBody, unavailable } from "./mlflow-answers.ts";
import { MOST_ONNX_BYTES } from "./onnx.ts";

const TIMEOUT_MS = 20_000;
/** A page of versions with their tags is far smaller. */
const MOST_ANSWER_BYTES = 8 * 1_048_576;
const ARTIFACTS = "mlflow-artifacts:/";
/** Tag of the versions that we registered: ours in our own registry. */
export const OWN_TAG = "orchestrator.version";

export interface MlflowSettings {
	uri: string;
	token?: string | undefined;
	experiment: string;
}

/** What we register of a version. */
interface MlflowUpload {
	name: string;
	ownVersion: string;
	onnx: Uint8Array;
	metrics: Record<string, number>;
	tags: Record<string, string>;
}

/** A version in MLflow. */
export interface MlflowVersion {
	version: string;
	tags: Record<string, string>;
}

/** MLflow by its REST API. Every call throws MLFLOW_UNAVAILABLE when it does not do what it should. */
export interface Mlflow {
	/** Experiment, run, artifact and version; the answer is MLflow's version. */
	register(upload: MlflowUpload): Promise<string>;
	/** undefined: nobody has it. */
	readAlias(name: string, alias: string): Promise<string | undefined>;
	/** undefined: nobody shall have it. */
	setAlias(name: string, alias: string, version?: string): Promise<void>;
	/** Newest first; none of an unknown name. */
	listVersions(name: string): Promise<MlflowVersion[]>;
	/** The model file of a version in the ONNX flavour; `problem`: it has another one. */
	fetchOnnx(
		name: string,
		version: string,
	): Promise<{ bytes: Uint8Array } | { problem: string }>;
}

export function createMlflow({
	uri,
	token,
	experiment,
}: MlflowSettings): Mlflow {
	const authorization = token ? { authorization: `Bearer ${token}` } : {};

	async function send(
		method: string,
		path: string,
		body?: string | Uint8Array<ArrayBuffer>,
	): Promise<Response> {
		try {
			return await fetch(`${uri}/api/2.0/${path}`, {
				method,
				headers: {
					...authorization,
					...(typeof body === "string" && {
						"content-type": "application/json",
					}),
				},
				...(body !== undefined && { body }),
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
		} catch (cause) {
			throw unavailable(`${method} ${path}`, cause);
		}
	}

	/** undefined: there is no such thing. */
	async function ask<T>(
		method: "GET" | "POST" | "PATCH" | "DELETE",
		path: string,
		facts: Record<string, unknown> = {},
	): Promise<T | undefined> {
		const isGet = method === "GET";
		const query = new URLSearchParams(facts as Record<string, string>);
		const response = await send(
			method,
			isGet ? `mlflow/${path}?${query}` : `mlflow/${path}`,
			isGet ? undefined : JSON.stringify(facts),
		);
		const what = `${method} ${path}`;
		const answer = parseAnswer<T>(
			await readBody(response, what, MOST_ANSWER_BYTES),
		);
		if (response.ok && answer === undefined)
			throw unavailable(what, "it answers no JSON: is MLFLOW_TRACKING_URI it?");
		if (response.ok) return answer;
		const code = answer?.error_code ?? "";
		if (code === "RESOURCE_DOES_NOT_EXIST") return undefined;
		if (code === "RESOURCE_ALREADY_EXISTS") return answer;
		// An alias that nobody has is told as a wrong parameter.
		if (code === "INVALID_PARAMETER_VALUE" && path.endsWith("/alias"))
			return undefined;
		const why = `${response.status} ${code} ${answer?.message ?? ""}`;
		throw unavailable(what, why.trim());
	}

	async function expect<T>(...call: Parameters<typeof ask>): Promise<T> {
		const answer = await ask<T>(...call);
		if (answer === undefined) throw unavailable(call[1], "it is not there");
		return answer;
	}

	async function experimentId(): Promise<string> {
		const known = await ask<{ experiment: { experiment_id: string } }>(
			"GET",
			"experiments/get-by-name",
			{ experiment_name: experiment },
		);
		if (known !== undefined) return known.experiment.experiment_id;
		const made = await expect<{ experiment_id: string }>(
			"POST",
			"experiments/create",
			{ name: experiment },
		);
		return made.experiment_id;
	}

	const artifactPath = (address: string) =>
		`mlflow-artifacts/artifacts/${address.slice(ARTIFACTS.length).replace(/^\/+/, "")}`;

	async function put(address: string, body: Uint8Array | string) {
		const bytes = new Uint8Array(Buffer.from(body));
		const response = await send("PUT", artifactPath(address), bytes);
		if (!response.ok)
			throw unavailable(`PUT ${address}`, String(response.status));
	}

	async function get(address: string): Promise<Buffer | undefined> {
		const response = await send("GET", artifactPath(address));
		if (response.status === 404) return undefined;
		if (!response.ok)
			throw unavailable(`GET ${address}`, String(response.status));
		return await readBody(response, `GET ${address}`, MOST_ONNX_BYTES);
	}

	return {
		async register({ name, ownVersion, onnx, metrics, tags }) {
			const startMs = Date.now();
			const { run } = await expect<{
				run: { info: { run_id: string; artifact_uri: string } };
			}>("POST", "runs/create", {
				experiment_id: await experimentId(),
				start_time: startMs,
				run_name: ownVersion,
			});
			const { run_id, artifact_uri } = run.info;
			if (!artifact_uri.startsWith(ARTIFACTS))
				throw unavailable(
					"runs/create",
					`artifacts are at ${artifact_uri}: the server must serve them itself (mlflow server --artifacts-destination)`,
				);
			const source = `${artifact_uri}/model`;
			await put(`${source}/model.onnx`, onnx);
			await put(`${source}/MLmodel`, mlmodelOf(run_id));
			await expect("POST", "runs/log-batch", {
				run_id,
				metrics: Object.entries(metrics).map(([key, value]) => ({
					...{ key, value, timestamp: startMs, step: 0 },
				})),
				tags: pairs(tags),
			});
			await expect("POST", "runs/update", {
				...{ run_id, status: "FINISHED", end_time: Date.now() },
			});
			await ask("POST", "registered-models/create", { name });
			const { model_version } = await expect<{
				model_version: { version: string };
			}>("POST", "model-versions/create", {
				...{ name, source, run_id },
				tags: pairs({ ...tags, [OWN_TAG]: ownVersion }),
			});
			return model_version.version;
		},

		async readAlias(name, alias) {
			const found = await ask<{ model_version: { version: string } }>(
				"GET",
				"registered-models/alias",
				{ name, alias },
			);
			return found?.model_version?.version;
		},

		async setAlias(name, alias, version) {
			if (version === undefined)
				await ask("DELETE", "registered-models/alias", { name, alias });
			else
				await expect("POST", "registered-models/alias", {
					...{ name, alias, version },
				});
		},

		async listVersions(name) {
			const found = await ask<{
				model_versions?: {
					version: string;
					tags?: { key: string; value: string }[];
				}[];
			}>("GET", "model-versions/search", {
				filter: `name='${name}'`,
				max_results: "100",
				order_by: "version_number DESC",
			});
			return (found?.model_versions ?? []).map(({ version, tags = [] }) => ({
				version,
				tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
			}));
		},

		async fetchOnnx(name, version) {
			const found = await ask<{ artifact_uri: string }>(
				"GET",
				"model-versions/get-download-uri",
				{ name, version },
			);
			const address = found?.artifact_uri ?? "";
			if (!address.startsWith(ARTIFACTS))
				return { problem: `its files are at ${address || "no address"}` };
			const described = String((await get(`${address}/MLmodel`)) ?? "");
			const file = /^ {2}onnx:\n(?: {4}.*\n)*? {4}data: (\S+)$/m.exec(
				described,
			);
			if (file === null) {
				const flavours = [...described.matchAll(/^ {2}(\w+):$/gm)];
				const names = flavours.map(([, one]) => one).join(", ");
				return {
					problem: `it is no ONNX model, but ${names || "nothing known"}`,
				};
			}
			const bytes = await get(`${address}/${file[1]}`);
			return bytes === undefined
				? { problem: `it has no file ${file[1]}` }
				: { bytes };
		},
	};
}

function pairs(tags: Record<string, string>) {
	return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function mlmodelOf(runId: string): string {
	return `artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    onnx_version: 1.20.0
    providers:
    - CPUExecutionProvider
  python_function:
    data: model.onnx
    env:
      virtualenv: python_env.yaml
    loader_module: mlflow.onnx
    python_version: 3.11.0
mlflow_version: 3.0.0
run_id: ${runId}
utc_time_created: '${new Date().toISOString().replace("T", " ").replace("Z", "")}'
`;
}
