/**
 * Packs every package as npm would publish it and checks the tarball: publint (fields and files) and
 * are-the-types-wrong (what TypeScript resolves).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'numbra-pack-'));
let passed = 0;
const failed = [];

const attempt = (name, command, args) => {
  try {
    execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    passed += 1;
  } catch (error) {
    failed.push(name);
    process.stdout.write(`${name}\n${error.stdout ?? ''}${error.stderr ?? ''}\n`);
  }
};

for (const name of readdirSync(join(root, 'packages'))) {
  if (name.includes('.')) continue;
  const out = JSON.parse(
    execFileSync('npx', ['--yes', packageManager, 'pack', '--json', '--pack-destination', folder], {
      cwd: join(root, 'packages', name),
      encoding: 'utf8',
    }),
  );
  const tarball = out.filename.startsWith('/') ? out.filename : join(folder, out.filename);
  attempt(`publint ${name}`, process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict']);
  attempt(`types ${name}`, process.execPath, [
    join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'),
    tarball,
    '--profile',
    'esm-only',
  ]);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`package checks: ${passed} passed, ${failed.length} failed\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
