import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generateOperations } from "../helm/generate.ts";
import { envExample, withConfiguration } from "./configuration.ts";

const root = path.join(import.meta.dirname, "..");
const readme = path.join(root, "README.md");

writeFileSync(readme, withConfiguration(readFileSync(readme, "utf8")));
writeFileSync(path.join(root, ".env.example"), envExample());
const operations = generateOperations();
for (const [file, text] of operations) writeFileSync(file, text);
console.log(
	"README.md, .env.example, docs/runbook.md and helm/dashboards/json are up to date",
);
