import { type DestinationStream, type Logger, pino } from "pino";
import { createRedact } from "../domain/redact.ts";
import { escapeUnprintable } from "../domain/unseen-characters.ts";
import { readableLine } from "./readable-line.ts";
import { createThinning } from "./thin-floods.ts";

export interface LogSettings {
	level: string;
	service: string;
	version: string;
	environment: string;
	/** Which of several deployments beside each other; absent: not said. */
	variant?: string;
	roles: readonly string[];
	/** Default `json`; `text`: for people. */
	format?: "json" | "text";
	/** Names whose values are hidden, beside this file's own: patterns, as `createRedact` takes them. */
	sensitive?: readonly string[];
	/** The ids of the trace at hand, for every line. */
	traceIds?: () => object | undefined;
	/** Hears of every line that was left out of a flood. */
	onDropped?: (level: "warn" | "error") => void;
}

/** Fields whose values are never written, whatever the settings say. */
const SECRET_FIELDS = [
	"password",
	"authorization",
	"cookie",
	"token",
	"secret",
	"MONGODB_URI",
	"*_PASSWORD",
	"uri",
];
/** pino's numbers: what is thinned lies between. */
const WARN = 40;
const FATAL = 60;

/**
 * A structured log: one JSON line an entry, with time as ISO text and the service in every line. Secrets are
 * written as `***`, characters that could harm a terminal as escapes. Of warnings and errors that say the same
 * again and again within seconds, the first are written, and how many were not.
 */
export function createLog(
	settings: LogSettings,
	destination: DestinationStream = process.stdout,
): Logger {
	const { level, service, version, environment, roles, format } = settings;
	const { variant = "" } = settings;
	const { sensitive = [], traceIds = () => undefined } = settings;
	const redact = createRedact([...SECRET_FIELDS, ...sensitive]);
	const isForPeople = format === "text";
	return pino(
		{
			level,
			base: {
				...{ service, version, environment, role: roles.join(",") },
				...(variant !== "" && { deployment_variant: variant }),
			},
			timestamp: pino.stdTimeFunctions.isoTime,
			mixin: () => traceIds() ?? {},
			formatters: {
				level: (label: string) => ({ level: label }),
				log: (fields: Record<string, unknown>) => redact.fields(fields),
			},
			hooks: {
				logMethod: thinned(settings),
				// Texts from outside may contain characters that reverse a terminal's lines; the escaped JSON is
				// equivalent.
				streamWrite: isForPeople ? readableLine : escapeUnprintable,
			},
			serializers: {
				error: (error: Error) =>
					hideTexts(pino.stdSerializers.errWithCause(error)),
			},
		},
		destination,
	);

	/** Texts of errors quote addresses and what others answered. */
	function hideTexts(value: unknown): unknown {
		if (typeof value === "string") return redact.text(value);
		if (typeof value !== "object" || value === null) return value;
		const texts = Object.entries(value).map(([name, part]) => [
			name,
			typeof part === "string" || name === "cause" ? hideTexts(part) : part,
		]);
		return redact.fields(Object.fromEntries(texts));
	}
}

type LogMethod = NonNullable<
	NonNullable<Parameters<typeof pino>[0]["hooks"]>["logMethod"]
>;

function thinned({ onDropped = () => undefined }: LogSettings): LogMethod {
	const thinning = createThinning();
	return function write(args, method, level) {
		const [fields, message] = args as unknown as [object, string | undefined];
		if (level < WARN || level >= FATAL || message === undefined)
			return method.apply(this, args);
		const { event, error } = fields as { event?: unknown; error?: unknown };
		const { code } = (error ?? {}) as { code?: unknown };
		const line = [level, message, event, code].map(String).join(" ");
		const tell = (dropped: number) =>
			method.call(
				this,
				{ event, code, dropped } as never,
				`${message}: so many more like this were not written`,
			);
		if (thinning.mayWrite(line, tell)) return method.apply(this, args);
		onDropped(level > WARN ? "error" : "warn");
	};
}
