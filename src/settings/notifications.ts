import { type Static, type TObject, Type } from "typebox";
import { flag } from "./setting.ts";

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
	};
}
