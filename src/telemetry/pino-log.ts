import { type DestinationStream, type Logger, pino } from "pino";
import { escapeUnprintable } from "../domain/unseen-characters.ts";

export interface LogSettings {
	level: string;
	service: string;
	version: string;
	environment: string;
	roles: readonly string[];
}

/** Fields whose values are never written, up to two levels deep. */
const SECRET_FIELDS = [
	"password",
	"authorization",
	"cookie",
	"token",
	"secret",
	"MONGODB_URI",
	"REDIS_PASSWORD",
	"uri",
];

/**
 * A structured log: one JSON line an entry, with time as ISO text and the service in every line. Secrets are
 * written as `***`, characters that could harm a terminal as escapes.
 */
export function createLog(
	settings: LogSettings,
	destination?: DestinationStream,
): Logger {
	const { level, service, version, environment, roles } = settings;
	const options = {
		level,
		base: { service, version, environment, role: roles.join(",") },
		timestamp: pino.stdTimeFunctions.isoTime,
		formatters: { level: (label: string) => ({ level: label }) },
		// Texts from outside may contain characters that reverse a terminal's lines; the escaped JSON is
		// equivalent.
		hooks: { streamWrite: escapeUnprintable },
		serializers: { error: pino.stdSerializers.errWithCause },
		redact: {
			paths: SECRET_FIELDS.flatMap((field) => [
				field,
				`*.${field}`,
				`*.*.${field}`,
			]),
			censor: "***",
		},
	};
	return destination === undefined ? pino(options) : pino(options, destination);
}
