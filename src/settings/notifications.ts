import { type Static, type TObject, Type } from "typebox";
import { count, flag } from "./setting.ts";

/** Who is told that a plan has ended, waits for approval or may be late. */
export const notificationSettings = {
	NOTIFICATION_WEBHOOK_URL: Type.Optional(
		Type.String({
			pattern: "^https?://[^\\s]+$",
			rule: "an http or https address",
			secret: "inside",
			description:
				"Webhook that is told when a plan ends, waits for approval or may miss its deadline; at least once, for a day if it does not answer",
			example: "https://hooks.example.com/plans",
		}),
	),
	NOTIFICATION_WEBHOOK_KEY: Type.Optional(
		Type.String({
			secret: true,
			pattern: "^\\S{32,}$",
			rule: "at least 32 characters",
			description:
				"Key by which the bodies for NOTIFICATION_WEBHOOK_URL are signed",
			example: "secret-of-at-least-32-characters-0",
		}),
	),
	NOTIFICATIONS_TO_TOPIC: flag(
		false,
		"Put the same notifications on the topic plan.notifications",
	),
	SELF_HEALING_ENGINE_URL: Type.Optional(
		Type.String({
			pattern: "^https?://[^\\s]+$",
			rule: "an http or https address",
			description:
				"Self-healing engine that is asked to run the playbook of an incident; without it nobody is",
			example: "https://self-healing-engine:8443",
		}),
	),
	SELF_HEALING_TIMEOUT_SECONDS: count(
		30,
		300,
		"Seconds the self-healing engine has to answer",
	),
};

/** Where notifications go; nobody is told by default. */
export function toNotificationConfig(
	env: Static<TObject<typeof notificationSettings>>,
) {
	const { NOTIFICATION_WEBHOOK_URL: url, NOTIFICATIONS_TO_TOPIC: toTopic } =
		env;
	const key = env.NOTIFICATION_WEBHOOK_KEY as string;
	return {
		webhook: url === undefined ? undefined : { url, key },
		toTopic,
		isOn: url !== undefined || toTopic,
		selfHealing:
			env.SELF_HEALING_ENGINE_URL === undefined
				? undefined
				: {
						url: env.SELF_HEALING_ENGINE_URL,
						timeoutMs: env.SELF_HEALING_TIMEOUT_SECONDS * 1000,
					},
	};
}
