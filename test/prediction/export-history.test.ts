import assert from "node:assert/strict";
import { test } from "node:test";
import { exportHistory } from "../../src/prediction/export-history.ts";
import { makeHistory } from "../support/ticket-history.ts";

test("exportHistory: the hour is constant until most hours were seen on two dates", () => {
	const hoursIn = (days: number) => {
		const past = makeHistory({ tickets: 600, days, drift: {} });
		const [header = "", ...rows] = exportHistory(past).trimEnd().split("\n");
		const column = header.split(",").indexOf("hour_of_day");
		assert.equal(rows.length, past.filter((one) => one.completed).length);
		return new Set(rows.map((row) => row.split(",")[column])).size;
	};
	assert.equal(hoursIn(1.3), 1);
	assert.equal(hoursIn(3), 24);
});
