import { type AgentTelemetry, type AgentType, agentTypes } from "./agent.ts";
import { type AgentFilters, agentFilters } from "./judge-agent.ts";

/** Bounds on what agents say of themselves: it is kept, shown and sent to every watcher. */
export const agentLimits = {
	capabilities: 64,
	metadataEntries: 32,
	wordLength: 64,
	idLength: 200,
	metadataValueLength: 2_048,
	/** Of the whole registration as JSON. */
	recordBytes: 8_192,
	tasks: 10_000,
	results: 1_000,
} as const;

const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;
/** Letters, digits, and what separates them in names of the field; nothing that breaks a line or a table. */
const WORD = /^[A-Za-z0-9_][A-Za-z0-9._:@+/-]*$/;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Reads the fields of one message. Each that is wrong is a line in `problems`, and reads as something harmless. */
export function createAgentReader() {
	const problems: string[] = [];
	const wrong = (name: string, rule: string) =>
		void problems.push(`${name} must be ${rule}`);

	function text(name: string, value: unknown, lengthMax: number, form: RegExp) {
		const isRight =
			typeof value === "string" &&
			value.length <= lengthMax &&
			form.test(value);
		if (isRight) return value;
		wrong(
			name,
			`1 to ${lengthMax} letters, digits and . _ : @ - (+ / in words)`,
		);
		return "";
	}

	function count(name: string, value: unknown, max: number): number {
		const isRight =
			Number.isSafeInteger(value) &&
			(value as number) >= 0 &&
			(value as number) <= max;
		if (isRight) return value as number;
		wrong(name, `a whole number from 0 to ${max}`);
		return 0;
	}

	const id = (name: string, value: unknown) =>
		text(name, value, agentLimits.idLength, ID);
	const word = (name: string, value: unknown, fallback: string) =>
		value === "" || value === undefined
			? fallback
			: text(name, value, agentLimits.wordLength, WORD);

	function words(name: string, value: unknown): string[] {
		const list = Array.isArray(value) ? value : [];
		if (list.length > agentLimits.capabilities) {
			wrong(name, `at most ${agentLimits.capabilities} words`);
			return [];
		}
		return [...new Set(list.map((one, at) => word(`${name}[${at}]`, one, "")))];
	}

	function metadata(name: string, value: unknown): Record<string, string> {
		const entries = Object.entries(value ?? {});
		if (entries.length > agentLimits.metadataEntries) {
			wrong(name, `at most ${agentLimits.metadataEntries} entries`);
			return {};
		}
		return Object.fromEntries(
			entries.map(([key, said]) => [
				text(`a name in ${name}`, key, agentLimits.wordLength, WORD),
				line(`${name}.${key.slice(0, agentLimits.wordLength)}`, said),
			]),
		);
	}

	function line(name: string, value: unknown): string {
		const isRight =
			typeof value === "string" &&
			value.length <= agentLimits.metadataValueLength &&
			!UNSEEN.test(value);
		if (isRight) return value;
		wrong(
			name,
			`at most ${agentLimits.metadataValueLength} characters that can be seen`,
		);
		return "";
	}

	function telemetry(value: unknown): AgentTelemetry | null {
		if (value === null || value === undefined) return null;
		const said = value as Partial<Record<keyof AgentTelemetry, unknown>>;
		const { success_rate: rate } = said;
		const isRatio = typeof rate === "number" && rate >= 0 && rate <= 1;
		if (!isRatio) wrong("telemetry.success_rate", "a number from 0 to 1");
		const whole = (field: keyof AgentTelemetry, max: number) =>
			count(`telemetry.${field}`, said[field], max);
		const optional = (field: keyof AgentTelemetry) =>
			said[field] === undefined || said[field] === null
				? null
				: whole(field, agentLimits.tasks);
		return {
			success_rate: isRatio ? rate : 0,
			avg_duration_ms: whole("avg_duration_ms", Number.MAX_SAFE_INTEGER),
			total_executions: whole("total_executions", Number.MAX_SAFE_INTEGER),
			failed_executions: whole("failed_executions", Number.MAX_SAFE_INTEGER),
			last_execution_at: whole("last_execution_at", Number.MAX_SAFE_INTEGER),
			active_tasks: optional("active_tasks"),
			max_concurrent_tasks: optional("max_concurrent_tasks"),
		};
	}

	/** undefined: of every type. */
	function agentType(value: unknown): AgentType | undefined {
		return agentTypes.find((one) => one === value);
	}

	function filters(value: unknown): AgentFilters {
		const entries = Object.entries(value ?? {});
		for (const [name, wanted] of entries) {
			if (!agentFilters.some((one) => one === name)) {
				wrong(
					`the filter ${name.slice(0, agentLimits.wordLength)}`,
					`one of ${agentFilters.join(", ")}`,
				);
			} else word(`filters.${name}`, wanted, "");
		}
		return Object.fromEntries(entries) as AgentFilters;
	}

	return {
		problems,
		id,
		word,
		words,
		metadata,
		line,
		telemetry,
		agentType,
		filters,
		count,
	};
}

/** Tasks that the agent executes at once, as it says in its telemetry or metadata; 1 when it does not say. */
export function slotsOf({
	telemetry,
	metadata,
}: {
	telemetry: AgentTelemetry | null;
	metadata: Readonly<Record<string, string>>;
}): number {
	const said =
		telemetry?.max_concurrent_tasks ?? Number(metadata.max_concurrent_tasks);
	return Number.isSafeInteger(said)
		? Math.min(Math.max(said, 1), agentLimits.tasks)
		: 1;
}
