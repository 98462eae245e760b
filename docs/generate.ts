import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { envExample, withConfiguration } from "./configuration.ts";

const root = path.join(import.meta.dirname, "..");
const readme = path.join(root, "README.md");

writeFileSync(readme, withConfiguration(readFileSync(readme, "utf8")));
writeFileSync(path.join(root, ".env.example"), envExample());
console.log("README.md and .env.example are up to date");
