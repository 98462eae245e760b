import assert from "node:assert/strict";
import { test } from "node:test";
import { withEstimate } from "../../../src/domain/prediction/estimate.ts";
import { ticketDocument } from "../../support/http.ts";
import {
	someAllocation as allocation_metadata,
	predictionOf,
} from "../../support/predictions.ts";

test("withEstimate: a ticket that went out without a prediction shows its estimate, and says so", () => {
	const given = ticketDocument({
		...{ allocation_metadata, estimated_duration_ms: 3_000 },
	});
	const { predictions } = withEstimate(given);
	assert.equal(predictions?.source, "estimate");
	assert.equal(predictions.duration_ms, 3_000);
	assert.deepEqual([predictions.p10_ms, predictions.p90_ms], [1_000, 9_000]);
	assert.equal(predictions.model, null);
	const none = { ...given, estimated_duration_ms: null };
	assert.ok((withEstimate(none).predictions?.duration_ms ?? 0) > 0);
});

test("withEstimate: what a model said stays, and a ticket that was never given out has none", () => {
	const predicted = { ...ticketDocument({ allocation_metadata }) };
	predicted.predictions = predictionOf(7);
	assert.equal(withEstimate(predicted), predicted);
	const waiting = ticketDocument({ allocation_metadata: null });
	assert.equal(withEstimate(waiting), waiting);
});

test("withEstimate: what was said of an earlier attempt is not said of the newest", () => {
	const again = ticketDocument({ allocation_metadata, attempt: 2 });
	again.predictions = predictionOf(7);
	assert.equal(withEstimate(again).predictions?.source, "estimate");
	again.predictions.attempt = 2;
	assert.equal(withEstimate(again), again);
});
