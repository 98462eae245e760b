import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import protobuf from "protobufjs";
import type { Ending } from "./file-end.ts";

/** The part of OTLP (opentelemetry.proto.trace.v1) that tests look at. */
const { root } = protobuf.parse(
	`syntax = "proto3";
	message Request { repeated ResourceSpans resource_spans = 1; }
	message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
	message Resource { repeated KeyValue attributes = 1; }
	message ScopeSpans { repeated Span spans = 2; }
	message Span {
		bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
		fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9;
		repeated Event events = 11; repeated Link links = 13; Status status = 15;
	}
	message Event { fixed64 time = 1; string name = 2; }
	message Link { bytes trace_id = 1; bytes span_id = 2; }
	message Status { string message = 2; int32 code = 3; }
	message KeyValue { string key = 1; Value value = 2; }
	message Value { oneof value { string text = 1; bool flag = 2; int64 whole = 3; double real = 4; } }`,
	{ keepCase: true },
);
const requestType = root.lookupType("Request");

export interface ReceivedSpan {
	trace_id: string;
	span_id: string;
	/** "": none. */
	parent_id: string;
	name: string;
	/** Unix epoch, ms. */
	from: number;
	to: number;
	facts: Record<string, string | number | boolean>;
	events: string[];
	links: string[];
	error: string | undefined;
}

export interface SpanReceiver {
	/** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
	address: string;
	spans: ReceivedSpan[];
}

/** An OTLP/HTTP receiver that keeps what it gets. */
export async function openSpanReceiver(t: Ending): Promise<SpanReceiver> {
	const spans: ReceivedSpan[] = [];
	const server = createServer(async (request, response) => {
		const bytes = await buffer(request);
		if (request.url === "/v1/traces") spans.push(...decode(bytes));
		response.end();
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => void server.close());
	const { port } = server.address() as AddressInfo;
	return { address: `http://127.0.0.1:${port}`, spans };
}

interface Wire {
	resource_spans: {
		scope_spans: { spans: WireSpan[] }[];
	}[];
}
interface WireSpan {
	trace_id: string;
	span_id: string;
	parent_span_id: string;
	name: string;
	start: string;
	end: string;
	attributes: { key: string; value: Record<string, string | number> }[];
	events: { name: string }[];
	links: { span_id: string }[];
	status?: { code: number; message: string };
}

function decode(bytes: Buffer): ReceivedSpan[] {
	const wire = requestType.toObject(requestType.decode(bytes), {
		...{ bytes: String, longs: String, arrays: true },
	}) as Wire;
	return wire.resource_spans.flatMap(({ scope_spans }) =>
		scope_spans.flatMap(({ spans }) => spans.map(readSpan)),
	);
}

const hex = (base64 = "") => Buffer.from(base64, "base64").toString("hex");

function readSpan(span: WireSpan): ReceivedSpan {
	const { attributes, status } = span;
	return {
		trace_id: hex(span.trace_id),
		span_id: hex(span.span_id),
		parent_id: hex(span.parent_span_id),
		name: span.name,
		from: Number(span.start) / 1e6,
		to: Number(span.end) / 1e6,
		facts: Object.fromEntries(
			attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? ""]),
		),
		events: span.events.map(({ name }) => name),
		links: span.links.map(({ span_id }) => hex(span_id)),
		error: status?.code === 2 ? status.message : undefined,
	};
}

/** The spans as a tree, with task and attempt: children below their parent, by name. */
export function drawSpans(spans: readonly ReceivedSpan[]): string[] {
	const known = new Set(spans.map(({ span_id }) => span_id));
	const below = Map.groupBy(spans, ({ parent_id }) =>
		known.has(parent_id) ? parent_id : "",
	);
	const draw = (parent: string, indent: string): string[] =>
		(below.get(parent) ?? [])
			.map((span) => ({ label: labelOf(span), ...span }))
			.sort((a, b) => a.label.localeCompare(b.label))
			.flatMap(({ span_id, label, error }) => [
				`${indent}${label}${error === undefined ? "" : ` (${error})`}`,
				...draw(span_id, `${indent}  `),
			]);
	return draw("", "");
}

function labelOf({ name, facts }: ReceivedSpan): string {
	const { "neural.hive.task.id": task, "neural.hive.ticket.attempt": nth } =
		facts;
	return [name, nth ?? task].filter((word) => word !== undefined).join(" ");
}
