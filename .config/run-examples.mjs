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
const dependencies = { tsx: devDependencies.tsx };

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
for (const data of ['data'])
  if (existsSync(join(root, 'examples', data))) cpSync(join(root, 'examples', data), join(folder, data), { recursive: true });
for (const file of examples.filter((name) => name.endsWith('.ts'))) {
  try {
    execFileSync(process.execPath, [join(folder, 'node_modules/tsx/dist/cli.mjs'), file], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 120_000,
    });
    console.log(`example ${file}: ok`);
  } catch (error) {
    failed += 1;
    console.log(`example ${file}: FAILED\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 || examples.length === 0 ? 1 : 0;
