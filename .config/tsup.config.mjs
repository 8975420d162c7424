/** One build for all packages: ESM only, entries read from `exports`, so that a package says once what can be imported. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { receiptChecker } from './receipt-checker.mjs';

const { exports: entries, bin = {}, optionalDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
const entry = {};
for (const target of Object.values(entries)) {
  if (typeof target === 'object' && target.default)
    entry[target.default.replace('./dist/', '').replace(/\.js$/, '')] = target['@numbra/source'].replace('./', '');
}
for (const file of Object.values(bin))
  entry[file.replace('./dist/', '').replace(/\.js$/, '')] = file.replace('./dist/', 'src/').replace(/\.js$/, '.ts');

const migrations = 'src/store/migrations';
const checkerPage = 'src/page/checker.html';

export default defineConfig({
  entry,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  external: Object.keys(optionalDependencies), // native code stays where it is installed; tsup leaves only the other kinds out by itself
  splitting: true,
  sourcemap: true,
  clean: true,
  tsconfig: '../../tsconfig.base.json',
  dts: false, // declarations come from tsc: see docs/decisions/0007
  async onSuccess() {
    if (existsSync(migrations)) cpSync(migrations, 'dist/migrations', { recursive: true });
    if (existsSync(checkerPage)) writeFileSync('dist/check-receipt.html', await receiptChecker(`${process.cwd()}/src/page`));
  },
});
