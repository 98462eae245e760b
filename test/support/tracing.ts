import type { TestContext } from "node:test";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openTracing, type Tracing } from "../../src/telemetry/tracing.ts";
import { silentLog } from "./intake-stand-ins.ts";
import { openSpanReceiver, type SpanReceiver } from "./span-receiver.ts";

interface TestTracing {
	sampledRatio?: number;
	keepFailed?: boolean;
	sampler?: string;
	/** Default: one of the test's own. */
	receiver?: SpanReceiver;
}

/** Tracing of this process, and what its receiver got. One at a time: OpenTelemetry is one a process. */
export async function openTestTracing(
	t: Pick<TestContext, "after">,
	{
		sampledRatio = 1,
		keepFailed = true,
		sampler = "parentbased_traceidratio",
		receiver,
	}: TestTracing,
): Promise<Tracing & Pick<SpanReceiver, "spans">> {
	const { address, spans } = receiver ?? (await openSpanReceiver(t));
	const tracing = await openTracing(
		{
			service: { name: "test", version: "0", environment: "test" },
			url: `${address}/v1/traces`,
			headers: {},
			...{ sampler, sampledRatio, keepFailed },
		},
		{ log: silentLog, metrics: createMetrics() },
	);
	t.after(() => tracing.close());
	return { ...tracing, spans };
}
