/**
 * Runs every example as a user would: packages packed to tarballs, installed by npm into an empty folder, run from there.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// A space in the path, because users have them.
const folder = mkdtempSync(join(tmpdir(), 'numbra examples '));
const core = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
// The optional library that blind matching is fast with, as a user would add it.
const dependencies = { tsx: devDependencies.tsx, 'libsodium-wrappers-sumo': core.devDependencies['libsodium-wrappers-sumo'] };

for (const name of readdirSync(join(root, 'packages'))) {
  const cwd = join(root, 'packages', name);
  if (!statSync(cwd).isDirectory()) continue;
  const out = JSON.parse(
    execFileSync('npx', ['--yes', packageManager, 'pack', '--json', '--pack-destination', folder], { cwd, encoding: 'utf8' }),
  );
  const { name: packageName } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  dependencies[packageName] = `file:./${(out.filename ?? out[0].filename).split('/').pop()}`;
}
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }, null, 2));
execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });

const examples = readdirSync(join(root, 'examples')).filter((file) => /\.(ts|sh)$/.test(file) && !file.endsWith('.test.ts'));
let failed = 0;
for (const file of examples) {
  copyFileSync(join(root, 'examples', file), join(folder, file));
}
/** Examples of several files; the first one to run is named. */
const folders = { 'blind-match': 'bank.ts', 'vendor-desk': 'run.ts' };
for (const data of ['data', ...Object.keys(folders)])
  if (existsSync(join(root, 'examples', data))) cpSync(join(root, 'examples', data), join(folder, data), { recursive: true });
const programs = [...examples.filter((name) => name.endsWith('.ts')), ...Object.entries(folders).map((path) => join(...path))];
for (const file of programs) {
  try {
    const said = execFileSync(process.execPath, [join(folder, 'node_modules/tsx/dist/cli.mjs'), file], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 120_000,
    });
    console.log(`example ${file}: ok`);
    for (const line of said.split('\n').filter((text) => text.startsWith('skipped: '))) console.log(`  ${line}`);
  } catch (error) {
    failed += 1;
    console.log(`example ${file}: FAILED\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 || examples.length === 0 ? 1 : 0;
