import type { Author } from "../domain/author.ts";
import type { FeatureName } from "../domain/features/feature-arm.ts";
import type {
	FeatureReport,
	ReportedFeature,
} from "../domain/features/feature-report.ts";

/** What the routes of the feature canary ask for. */
export interface FeatureSources {
	/** Of the hour under way and so many before it. Throws CACHE_UNAVAILABLE. */
	report(hours: number): Promise<FeatureReport>;
	/** Throw STORE_UNAVAILABLE; COMMAND_REFUSED for a feature that is not off. */
	reset(feature: FeatureName, by: Author): Promise<ReportedFeature>;
	disable(feature: FeatureName, by: Author): Promise<ReportedFeature>;
}
