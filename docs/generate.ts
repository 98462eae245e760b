import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { envExample, withConfiguration, withPart } from "./configuration.ts";
import { migrationTables } from "./migration-tables.ts";

const root = path.join(import.meta.dirname, "..");
const readme = path.join(root, "README.md");

writeFileSync(readme, withConfiguration(readFileSync(readme, "utf8")));
writeFileSync(path.join(root, ".env.example"), envExample());
const migration = path.join(root, "docs", "migration.md");
writeFileSync(
	migration,
	withPart(readFileSync(migration, "utf8"), "names", migrationTables()),
);
console.log("README.md, .env.example and docs/migration.md are up to date");
