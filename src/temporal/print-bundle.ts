// A separate process: bundles the workflows and prints the code. Webpack's progress is not logged, its
// warnings are.
import path from "node:path";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const workflowsPath = path.join(
	import.meta.dirname,
	...["..", "..", "workflows", "index.ts"],
);
const tracing = path.join(
	import.meta.dirname,
	...["..", "..", "workflows", "trace-activities.ts"],
);
const logger = new DefaultLogger("WARN");
const { code } = await bundleWorkflowCode({
	workflowsPath,
	workflowInterceptorModules: [tracing],
	logger,
});
process.stdout.write(code);
