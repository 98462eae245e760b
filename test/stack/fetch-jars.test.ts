import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { artifacts } from "../../stack/artifacts.ts";
import { cacheDirectory } from "../../stack/download-cache.ts";
import { checkJars } from "../../stack/fetch-jars.ts";

/** SHA-256 of "a". */
const hashOfA =
	"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

function folderWith(t: TestContext, files: Record<string, string>): string {
	const folder = mkdtempSync(path.join(tmpdir(), "jars-"));
	t.after(() => rmSync(folder, { recursive: true }));
	for (const [name, text] of Object.entries(files))
		writeFileSync(path.join(folder, name), text);
	return folder;
}

test("checkJars: takes the pinned ones, and names each that is another, missing or new", async (t) => {
	const pinned = { "a.jar": hashOfA };
	await checkJars(folderWith(t, { "a.jar": "a" }), pinned);
	const cases: [files: Record<string, string>, said: RegExp][] = [
		[{ "a.jar": "b" }, /a\.jar: sha256 3e23e8.*, pinned: ca9781/],
		[{}, /a\.jar: Maven did not bring it/],
		[{ "a.jar": "a", "b.jar": "a" }, /b\.jar: sha256 ca9781.*, pinned: none/],
	];
	for (const [files, said] of cases)
		await assert.rejects(checkJars(folderWith(t, files), pinned), said);
});

for (const jars of [artifacts.kafka, artifacts.mongodb])
	test(`checkJars: what was fetched of ${jars.name} is what is pinned`, async (t) => {
		const name = `${jars.name}-${jars.version}`;
		const folder = path.join(cacheDirectory(), name);
		// Another server may be used instead.
		if (!existsSync(folder)) return t.skip("nothing was fetched");
		await checkJars(folder, jars.sha256);
	});
