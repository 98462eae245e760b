import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import type { Lifecycle } from "../src/lifecycle.ts";
import { toDecisionMessage } from "../src/messaging/decision-message.ts";
import { createProducer } from "../src/messaging/producer.ts";
import { createTopicTable } from "../src/messaging/topics.ts";
import type { AllocationRecord } from "../src/scheduling/explanations.ts";
import { readAddresses } from "../stack/agents/flags.ts";
import { startAgents } from "../stack/agents/start-agents.ts";
import { findFreePorts } from "../stack/free-ports.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { RunningServer } from "../stack/stack-record.ts";
import { createDemoApi } from "./api.ts";
import { openApprover } from "./approver.ts";
import type { Evidence } from "./evidence.ts";
import { followPlans } from "./follow-plans.ts";
import { judgePlan, type PlanFacts, type PlanView } from "./judge.ts";
import { createScenarios, type Scenario } from "./scenarios.ts";
import type { Screen } from "./screen.ts";
import { type Service, serviceLogFile, startService } from "./service.ts";
import { AGENT_COUNT, PLANS_TIMEOUT_MS, serviceSettings } from "./settings.ts";
import { createStartBoard } from "./start-board.ts";
import type { Addresses } from "./summary.ts";
import { openWitness, type Witness } from "./witness.ts";

export interface DemoResult {
	ok: boolean;
	facts: PlanFacts[];
	scenarios: readonly Scenario[];
	views: ReadonlyMap<string, PlanView>;
	/** Of the scenarios that expect alerts, by their names. */
	evidence: ReadonlyMap<string, Evidence>;
	/** Of a ticket that V2 dispatched. */
	choice: AllocationRecord | undefined;
	servers: readonly RunningServer[];
	addresses: Addresses;
}

export interface DemoOptions {
	screen: Screen;
	/** Everything that is started is registered here; the caller stops it. */
	lifecycle: Lifecycle;
	/** Of the servers' data and all logs. */
	directory: string;
	signal: AbortSignal;
}

/** Starts everything, publishes the decisions, follows them to their ends and judges these. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
	const { screen, signal } = options;
	screen.say("starting servers, service and worker agents");
	const board = createStartBoard(screen);
	const parts = await startParts(options, board.report);
	board.finish();

	const scenarios = createScenarios(Date.now().toString(36));
	screen.say("", `publishing ${scenarios.length} plans to plans.consensus`);
	await openApproverFor(scenarios, parts, options.lifecycle);
	await publish(scenarios, parts);
	const api = createDemoApi(parts.service.address);
	const views = await followPlans({
		scenarios,
		api,
		screen,
		witness: parts.witness,
		signal: AbortSignal.any([signal, parts.service.ended]),
		timeoutMs: PLANS_TIMEOUT_MS,
	});
	screen.keep();

	// A set of tickets that should not be there would come last.
	await parts.witness.caughtUp(signal);
	const { evidenceOf } = parts.witness;
	const facts = scenarios.map((scenario) => {
		const { planId } = scenario;
		return judgePlan(scenario, views.get(planId), evidenceOf(planId));
	});
	const layered = scenarios.find(({ name }) => name === "layers");
	return {
		ok: facts.every((one) => one.ok),
		facts,
		scenarios,
		views,
		evidence: new Map(
			scenarios
				.filter(({ expected }) => expected.alerts !== undefined)
				.map(({ name, planId }) => [name, evidenceOf(planId)]),
		),
		choice: await api.allocation(layered?.planId ?? ""),
		servers: parts.stack.servers,
		addresses: {
			api: parts.service.address,
			kafka: parts.stack.env.KAFKA_BOOTSTRAP_SERVERS,
			temporalUi: parts.stack.servers.find((one) => one.uiAddress)?.uiAddress,
			serviceLog: path.relative(process.cwd(), parts.service.logFile),
		},
	};
}

interface Parts {
	stack: Stack;
	service: Service;
	witness: Witness;
}

type Report = (line: string) => void;

async function startParts(
	{ lifecycle, directory, signal }: DemoOptions,
	report: Report,
): Promise<Parts> {
	const stack = await lifecycle.start(
		"the stack",
		() => startStack({ directory, fresh: true, report, signal }),
		(one) => one.stop(),
	);
	report("service: starting");
	rmSync(serviceLogFile(directory), { force: true });
	const [registryPort] = await findFreePorts(1);
	const registryEnv = {
		SERVICE_REGISTRY_HOST: "127.0.0.1",
		SERVICE_REGISTRY_PORT: String(registryPort),
	};
	const env = { ...serviceEnv(stack), ...registryEnv };
	const service = await lifecycle.start(
		"the service",
		() => startService({ directory, signal, report, env }),
		(one) => {
			report("service: stopping");
			return one.stop();
		},
	);
	report(`service: ready after ${seconds(service.readyMs)}`);
	stack.tell({ ORCHESTRATOR_URL: service.address, ...registryEnv });
	const [, witness] = await Promise.all([
		startWorkers(lifecycle, env, service, report),
		lifecycle.start(
			"the witness",
			() => openWitness({ kafka: kafkaOf(stack), topics: createTopicTable() }),
			(one) => one.stop(),
		),
	]);
	return { stack, service, witness };
}

async function startWorkers(
	lifecycle: Lifecycle,
	env: Readonly<Record<string, string>>,
	{ address }: Service,
	report: Report,
): Promise<void> {
	const startedAtMs = Date.now();
	report(`agents: starting ${AGENT_COUNT}`);
	const agents = await lifecycle.start(
		"the worker agents",
		() =>
			startAgents({
				...readAddresses(env),
				agents: AGENT_COUNT,
				apiUrl: address,
				idPrefix: "demo-agent",
				settings: { concurrency: 20 },
			}),
		(one) => {
			report("agents: stopping");
			return one.stop();
		},
	);
	await agents.ready();
	const readyMs = Date.now() - startedAtMs;
	report(`agents: ${AGENT_COUNT} ready after ${seconds(readyMs)}`);
}

async function openApproverFor(
	scenarios: readonly Scenario[],
	{ stack }: Parts,
	lifecycle: Lifecycle,
): Promise<void> {
	const planIds = scenarios
		.filter(({ approve }) => approve === "topic")
		.map(({ planId }) => planId);
	const topics = createTopicTable();
	await lifecycle.start(
		"the approver",
		() => openApprover({ kafka: kafkaOf(stack), topics, planIds }),
		(one) => one.stop(),
	);
}

async function publish(
	scenarios: readonly Scenario[],
	{ stack }: Parts,
): Promise<void> {
	const topic = createTopicTable().consensus.name;
	const producer = await createProducer({
		...kafkaOf(stack),
		compression: "gzip",
	});
	const messages = scenarios.flatMap(({ records }) =>
		records.map((record) => toDecisionMessage(topic, record)),
	);
	try {
		await producer.send(messages);
	} finally {
		await producer.close();
	}
}

function serviceEnv({ env }: Stack): Record<string, string> {
	return {
		...env,
		...serviceSettings,
		ROLES: "api,intake,worker,registry",
		TICKET_RESULT_TOKENS: "true",
		TICKET_RESULT_TOKEN_KEYS: randomBytes(32).toString("hex"),
	};
}

function kafkaOf({ env }: Stack) {
	const silent = () => {};
	return {
		brokers: readAddresses(env).brokers,
		clientId: "demo",
		log: { debug: silent, info: silent, warn: silent, error: silent },
	};
}

function seconds(durationMs: number): string {
	return `${(durationMs / 1_000).toFixed(1)} s`;
}
