import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp } from "../../support/http.ts";

/** Addresses that a page loads. */
function loadedBy(html: string): string[] {
	return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
		([, address]) => address ?? "",
	);
}

test("docs: the page, and all it loads, comes from this service", async (t) => {
	const { app } = await openHttp(t);
	const page = await app.inject("/docs");
	assert.equal(page.statusCode, 200);
	assert.match(page.body, /<title>Orchestrator API<\/title>/);
	const addresses = loadedBy(page.body);
	assert.ok(addresses.length >= 4);
	for (const address of addresses) {
		const { pathname, host } = new URL(address, "http://here/docs");
		assert.equal(host, "here", address);
		const { statusCode } = await app.inject(pathname);
		assert.equal(statusCode, 200, address);
	}
	// The policy allows scripts in files only.
	assert.doesNotMatch(page.body, /<script>[^<]/);
	const policy = String(page.headers["content-security-policy"]);
	assert.match(policy, /script-src 'self'(;|$)/);
});

test("docs: the page shows the document of /openapi.json", async (t) => {
	const { app } = await openHttp(t);
	const shown = await app.inject("/docs/json");
	assert.deepEqual(shown.json(), (await app.inject("/openapi.json")).json());
});

test("docs: a browser that asks for the service's address is led to the page", async (t) => {
	const { app } = await openHttp(t);
	const root = await app.inject("/");
	assert.equal(root.statusCode, 302);
	const { pathname } = new URL(String(root.headers.location), "http://here/");
	assert.equal(pathname, "/docs");
	assert.equal(
		(await app.inject({ method: "HEAD", url: "/" })).statusCode,
		302,
	);
	// Also behind a proxy that gives the service a path of its own.
	const behind = new URL(String(root.headers.location), "http://here/orch/");
	assert.equal(behind.pathname, "/orch/docs");
});
