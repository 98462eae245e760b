// A separate process: bundles the workflows and prints the code. Webpack's progress is not logged, its
// warnings are.
import path from "node:path";
import {
	type BundleOptions,
	bundleWorkflowCode,
	DefaultLogger,
} from "@temporalio/worker";

type WebpackConfiguration = Parameters<
	NonNullable<BundleOptions["webpackConfigHook"]>
>[0];

const workflows = path.join(import.meta.dirname, "..", "..", "workflows");
const workflowsPath = path.join(workflows, "index.ts");
const tracing = path.join(workflows, "trace-activities.ts");
const payloadConverterPath = path.join(workflows, "payload-converter.ts");
/** As new as Node: for older ones each spread of an object is a call of a helper, a tenth of a plan's own time. */
const TARGET = "es2024";
const logger = new DefaultLogger("WARN");
const { code } = await bundleWorkflowCode({
	workflowsPath,
	payloadConverterPath,
	workflowInterceptorModules: [tracing],
	// Evaluated once a worker, not once a run; no module holds state of a run (architecture.test.ts).
	preloadModules: [workflowsPath, tracing, payloadConverterPath],
	webpackConfigHook: withTarget,
	logger,
});
process.stdout.write(code);

/** Of the SDK's own loader; another SDK may have none such, and its own target. */
function withTarget(config: WebpackConfiguration): WebpackConfiguration {
	for (const rule of config.module?.rules ?? []) {
		const { use } = rule as { use?: { options?: { jsc?: object } } };
		if (use?.options?.jsc) Object.assign(use.options.jsc, { target: TARGET });
	}
	return config;
}
