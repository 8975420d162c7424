/**
 * What the documentation says is what the code does: generated pages are current, fences are the examples they name,
 * every link leads somewhere, and every error code is listed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FENCE, fenceText, generatedPages, markdownPages } from '../.config/generate-docs.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const markdown = markdownPages();

describe('generated pages', async () => {
  const generated = await generatedPages();
  it.each(Object.keys(generated))('%s is current', (path) => {
    expect(read(path)).toBe(generated[path]);
  });
});

describe('fences', () => {
  const fences = markdown.flatMap((page) =>
    [...read(page).matchAll(FENCE)].map((match) => ({
      page,
      file: match[2] as string,
      region: match[3],
      text: match[4] as string,
    })),
  );

  it('stand in the README in English and in Chinese', () => {
    expect(fences.map(({ page }) => page)).toEqual(expect.arrayContaining(['README.md', 'README.zh-CN.md']));
  });

  it.each(fences)('$page shows $file $region byte for byte', ({ file, region, text }) => {
    expect(text).toBe(fenceText(file, region));
  });
});

describe('links', () => {
  it.each(markdown)('%s leads to files that exist', (page) => {
    const broken = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(broken).toEqual([]);
  });
});

describe('error codes', () => {
  const listed = new Set([...read('docs/reference/errors.md').matchAll(/`(ERR_[A-Z0-9_]+)`/g)].map((match) => match[1]));
  const sources = sourceFiles(join(root, 'packages'));

  it('used in the sources are all listed', () => {
    const used = new Set(
      sources.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bERR_[A-Z0-9_]*[A-Z0-9]\b/g)].map((match) => match[0])),
    );
    const foreign = [...used].filter((code) => !listed.has(code) && !FOREIGN.has(code));
    expect(foreign).toEqual([]);
  });

  it('listed are all used', () => {
    const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
    const unused = [...listed].filter((code) => (text.match(new RegExp(`\\b${code}\\b`, 'g')) ?? []).length < 2);
    expect(unused).toEqual([]);
  });
});

/** Codes of Node and of libraries that our sources look at. */
const FOREIGN = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_HTTP_REQUEST_TIMEOUT']);

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules') && !file.includes('/dist/'));
}

describe('one-screen READMEs', () => {
  const packages = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  it.each(packages.map(({ name }) => name))('%s has one, with code by line 12', (name) => {
    const lines = read(`packages/${name}/README.md`).split('\n');
    expect(lines.length).toBeLessThanOrEqual(80);
    expect(lines.findIndex((line) => line.startsWith('```'))).toBeLessThan(12);
    expect(existsSync(join(root, 'packages', name, 'CHANGELOG.md'))).toBe(true);
  });
});
