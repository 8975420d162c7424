/**
 * Writes the pages that are made from code: the map of the packages, the errors, the policy's schema.
 * `npm run docs` writes them; a test compares them.
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Layers from the ground up: a package imports only from layers below it. */
const LAYERS = [
  ['core', 'policy', 'ledger'],
  ['grants', 'files', 'keyrings', 'verify'],
  ['bank'],
  ['gateway', 'vendor-client'],
  ['numbra'],
] as const;
const DOORS = { bank: 'bank developer', 'vendor-client': 'vendor integrator', verify: 'auditor or customer', numbra: 'operator' } as const;

/** Codes that no version uses any more. They stay listed and are never given a second meaning. */
const RETIRED: readonly { readonly code: string; readonly since: string; readonly was: string }[] = [];

interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: string;
  readonly status?: number;
}

interface Manifest {
  readonly name: string;
  readonly description: string;
}

const folders = (): string[] =>
  readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;

/** `packages/README.md`: five layers, four doors, one line a package. */
export function packageMap(): string {
  const present = new Set(folders());
  const missing = [...present].filter((name) => !LAYERS.flat().some((known) => known === name));
  if (missing.length > 0) throw new Error(`no layer names ${missing.join(', ')}`);
  const lines = [
    '# The packages',
    '',
    'A package imports only from layers below it; `vendor-client` imports nothing of ours. Four of them are doors: begin at yours.',
    '',
    '| door | package |',
    '|---|---|',
    ...Object.entries(DOORS)
      .filter(([name]) => present.has(name))
      .map(([name, who]) => `| ${who} | [\`${manifest(name).name}\`](${name}/) |`),
    '',
  ];
  for (const [depth, names] of [...LAYERS.entries()].reverse()) {
    lines.push(`## Layer ${depth + 1}`, '', '| package | what it is |', '|---|---|');
    for (const name of names)
      if (present.has(name)) lines.push(`| [\`${manifest(name).name}\`](${name}/) | ${manifest(name).description} |`);
    lines.push('');
  }
  lines.push('This page is made from the `package.json` files by `npm run docs`.', '');
  return lines.join('\n');
}

async function load(path: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
}

/** `docs/reference/errors.md`: every code, who sees it, what to do. */
export async function errorsPage(): Promise<string> {
  const lines = [
    '# Errors',
    '',
    'The code is the contract: messages may change, codes do not, and a retired code is never used again. Refusals are answers, not errors; their codes',
    'are written in kebab-case. No message contains an input value.',
    '',
    '## Refusals of a call',
    '',
    "Left: the bank's exact reason, as it stands in the ledger. Right: all that the vendor is told.",
    '',
    '| code | vendor is told | status | group | meaning |',
    '|---|---|---|---|---|',
  ];
  const { decisionCodes } = (await load('packages/policy/src/index.ts')) as {
    decisionCodes: Record<string, { group: number; vendorCode: string; status: number; sentence: string }>;
  };
  for (const [code, { group, vendorCode, status, sentence }] of Object.entries(decisionCodes)) {
    lines.push(`| \`${code}\` | \`${vendorCode}\` | ${status} | ${group} | ${sentence} |`);
  }
  const tables = LAYERS.flat().flatMap((name) => [
    { title: manifest(name).name, file: `packages/${name}/src/errors.ts` },
    { title: `${manifest(name).name}: its program`, file: `packages/${name}/src/program/errors.ts` },
  ]);
  for (const { title, file } of tables) {
    if (!existsSync(join(root, file))) continue;
    const { errors } = (await load(file)) as { errors: Record<string, ErrorEntry> };
    lines.push('', `## ${title}`, '', '| code | who sees it | what is wrong | what to do |', '|---|---|---|---|');
    for (const [code, { audience, message, action, status }] of Object.entries(errors)) {
      lines.push(`| \`${code}\` | ${audience}${status ? `, HTTP ${status}` : ''} | ${cell(message)} | ${cell(action)} |`);
    }
  }
  lines.push('', '## Retired', '', RETIRED.length === 0 ? 'None yet.' : '| code | since | was |\n|---|---|---|');
  for (const { code, since, was } of RETIRED) lines.push(`| \`${code}\` | ${since} | ${was} |`);
  lines.push('', 'This page is made from the error tables by `npm run docs`.', '');
  return lines.join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** A fence that shows a file or a region of it: ```ts file=examples/first-call.ts region=bank */
export const FENCE = /^```(\w+) file=(\S+)(?: region=(\S+))?\n([\s\S]*?)^```$/gm;

/** The lines between `// #region name` and `// #endregion`, without their common indent. */
export function regionOf(source: string, name: string): string {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line, index) => index > start && line.trim() === '// #endregion');
  if (start < 0 || end < 0) throw new Error(`no region ${name}`);
  const body = lines.slice(start + 1, end);
  const indent = Math.min(...body.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length));
  return `${body.map((line) => line.slice(indent)).join('\n')}\n`;
}

/** What a fence must hold. */
export function fenceText(file: string, region: string | undefined): string {
  const source = readFileSync(join(root, file), 'utf8');
  return region === undefined ? source : regionOf(source, region);
}

/** Pages that stand in the repository, outside of what is installed or built. */
export function markdownPages(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'demo', '.git', '.changeset'].includes(entry.name) ? [] : markdownPages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Every generated page by its path from the root. */
export async function generatedPages(): Promise<Record<string, string>> {
  const { policySchema } = (await load('packages/policy/src/index.ts')) as { policySchema: object };
  return {
    'packages/README.md': packageMap(),
    'docs/reference/errors.md': await errorsPage(),
    'docs/reference/policy.schema.json': `${JSON.stringify(policySchema, null, 2)}\n`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generatedPages())) {
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
  for (const page of markdownPages()) {
    const before = readFileSync(join(root, page), 'utf8');
    const after = before.replace(FENCE, (_fence, language: string, file: string, region: string | undefined) => {
      const name = region === undefined ? '' : ` region=${region}`;
      return `\`\`\`${language} file=${file}${name}\n${fenceText(file, region)}\`\`\``;
    });
    if (after !== before) {
      writeFileSync(join(root, page), after);
      process.stdout.write(`${page}\n`);
    }
  }
}
