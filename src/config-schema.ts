import { type Static, Type } from "typebox";
import { accessSettings } from "./settings/access.ts";
import { deploySettings } from "./settings/deploy.ts";
import { featureSettings } from "./settings/features.ts";
import { httpSettings } from "./settings/http.ts";
import { intakeSettings } from "./settings/intake.ts";
import { kafkaSettings } from "./settings/kafka.ts";
import { notificationSettings } from "./settings/notifications.ts";
import { planSettings } from "./settings/plans.ts";
import { policySettings } from "./settings/policy.ts";
import { predictionSettings } from "./settings/prediction.ts";
import { registrySettings } from "./settings/registry.ts";
import { retentionSettingsSchema } from "./settings/retention.ts";
import { schedulerSettings } from "./settings/scheduler.ts";
import { serviceSettings } from "./settings/service.ts";
import { slaSettings } from "./settings/sla.ts";
import { storeSettings } from "./settings/stores.ts";
import { temporalSettings } from "./settings/temporal.ts";
import { ticketTokenSettings } from "./settings/ticket-tokens.ts";
import { tracingSettings } from "./settings/tracing.ts";

/** Every setting there is. README.md and .env.example are generated from here (`npm run docs`). */
export const settingsSchema = Type.Object({
	...serviceSettings,
	...httpSettings,
	...accessSettings,
	...temporalSettings,
	...kafkaSettings,
	...storeSettings,
	...planSettings,
	...ticketTokenSettings,
	...policySettings,
	...slaSettings,
	...schedulerSettings,
	...predictionSettings,
	...featureSettings,
	...deploySettings,
	...notificationSettings,
	...intakeSettings,
	...registrySettings,
	...retentionSettingsSchema,
	...tracingSettings,
});

export type Settings = Static<typeof settingsSchema>;
