import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generateOperations } from "../helm/generate.ts";
import { chartSchema } from "./chart-schema.ts";
import { envExample, withConfiguration, withPart } from "./configuration.ts";
import { metricsPage } from "./metrics-page.ts";
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
writeFileSync(
	path.join(root, "helm", "values.schema.json"),
	`${JSON.stringify(chartSchema(), null, "\t")}\n`,
);
for (const [file, text] of generateOperations()) writeFileSync(file, text);
writeFileSync(path.join(root, "docs", "metrics.md"), metricsPage());
console.log(
	"README.md, .env.example, docs/migration.md, docs/metrics.md, docs/runbook.md, helm/values.schema.json and helm/dashboards/json are up to date",
);
