// Writes the shapes of ../openapi.json as forms read them; with `--check` says whether they are those of today.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'src/api/generated/schemas.json';
const { components } = JSON.parse(readFileSync('../openapi.json', 'utf8'));
/** What is said to developers is none of the console's words. */
const text = `${JSON.stringify(components.schemas, (key, value) => (key === 'description' && typeof value === 'string' ? undefined : value), 1)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error(`${FILE} is not of ../openapi.json any more: npm run generate`);
  process.exit(1);
}
