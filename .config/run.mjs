/**
 * What `npm start`, `npm test` and `npm run bench` do first: install and build, each only when something changed.
 * Runs with nothing but Node and npm. Everything it says goes to stderr, so that `--json` owns stdout.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, 'node_modules', '.numbra');
const workspace = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs a command; `output: 'stderr'` keeps its chatter away from stdout. Rejects with the exit status. */
function run(command, args, { cwd = root, output = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const stdout = output === 'stderr' ? process.stderr : 'inherit';
    const child = spawn(command, args, { cwd, stdio: ['inherit', stdout, 'inherit'], shell: process.platform === 'win32' });
    child.once('error', reject);
    child.once('exit', (code, signal) => (code === 0 ? resolve() : reject(new ExitError(command, code ?? (signal ? 1 : 0)))));
  });
}

class ExitError extends Error {
  constructor(command, status) {
    super(`${command} ended with status ${status}`);
    this.status = status || 1;
  }
}

const node = (script, args, options) => run(process.execPath, [script, ...args], options);
const bin = (name, file) => join(root, 'node_modules', name, file);

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

const digestOf = (files, read) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(read(file)).update('\0');
  return hash.digest('hex');
};

const packages = () =>
  readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'packages', entry.name, 'package.json')))
    .map((entry) => entry.name);

function fresh(name, digest) {
  const file = join(stamps, name);
  return existsSync(file) && readFileSync(file, 'utf8') === digest;
}

function stamp(name, digest) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), digest);
}

async function install() {
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((file) => join(root, file));
  for (const folder of ['examples', 'benchmarks', 'tests', 'docs']) manifests.push(join(root, folder, 'package.json'));
  for (const name of packages()) manifests.push(join(root, 'packages', name, 'package.json'));
  const digest = digestOf(manifests, (file) => readFileSync(file)) + process.version;
  if (fresh('install', digest)) return;
  const pnpm = workspace.packageManager; // pnpm@10.x.y, the one pinned version
  process.stderr.write(`installing with ${pnpm}\n`);
  await run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], { output: 'stderr' });
  stamp('install', digest);
}

async function build({ types }) {
  const config = filesBelow(join(root, '.config')).concat(join(root, 'tsconfig.base.json'));
  const sizeAndTime = (file) => `${statSync(file).size} ${statSync(file).mtimeMs}`;
  const sourcesOf = (name) => [
    ...filesBelow(join(root, 'packages', name, 'src')).filter((file) => !file.endsWith('.test.ts')),
    join(root, 'packages', name, 'package.json'),
  ];
  const pending = packages()
    .map((name) => ({ name, folder: join(root, 'packages', name), digest: digestOf([...sourcesOf(name), ...config], sizeAndTime) }))
    .filter(({ name, folder, digest }) => !(existsSync(join(folder, 'dist')) && fresh(`build-${name}`, digest)));
  if (pending.length > 0) process.stderr.write(`building ${pending.map(({ name }) => name).join(' ')}\n`);
  const next = async () => {
    for (let item = pending.shift(); item; item = pending.shift()) {
      const args = ['--config', join(root, '.config', 'tsup.config.mjs'), '--silent'];
      await node(bin('tsup', 'dist/cli-default.js'), args, { cwd: item.folder, output: 'stderr' });
      stamp(`build-${item.name}`, item.digest);
      rmSync(join(stamps, 'types.stamp'), { force: true }); // tsup empties dist, declarations too
    }
  };
  await Promise.all([next(), next()]);
  if (types) await declare(digestOf([...packages().flatMap(sourcesOf), ...config], sizeAndTime));
}

/** Declarations of all packages by one run of tsc: a file a module, so that two entries of a package share one class. */
async function declare(digest) {
  if (fresh('types.stamp', digest)) return;
  process.stderr.write('declaring types\n');
  const out = join(stamps, 'types');
  rmSync(out, { recursive: true, force: true });
  await node(bin('typescript', 'bin/tsc'), ['-p', join(root, '.config', 'tsconfig.types.json')], { output: 'stderr' });
  for (const name of packages()) cpSync(join(out, name, 'src'), join(root, 'packages', name, 'dist'), { recursive: true });
  stamp('types.stamp', digest);
}

const tsx = bin('tsx', 'dist/cli.mjs');
const commands = {
  async start(args) {
    await install();
    await build({ types: false });
    await node(tsx, [join(root, 'examples', 'main-job', 'run.ts'), ...args]);
  },
  async test(args) {
    await install();
    await build({ types: true });
    await node(bin('vitest', 'vitest.mjs'), ['run', ...args]);
  },
  async crash(args) {
    await install();
    await build({ types: false });
    await node(tsx, [join(root, 'tests', 'crash', 'run.ts'), ...args]);
  },
  async hostile(args) {
    await install();
    await node(tsx, ['--conditions=@numbra/source', join(root, 'tests', 'hostile', 'run.ts'), ...args]);
  },
  async bench(args) {
    await install();
    await build({ types: false });
    await node(tsx, [join(root, 'benchmarks', 'run.ts'), ...args]);
  },
  async docs() {
    await install();
    await node(tsx, ['--conditions=@numbra/source', join(root, '.config', 'generate-docs.ts')]);
  },
  async build() {
    await install();
    await build({ types: true });
  },
};

const [command, ...args] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, command ?? '')) throw new Error(`unknown command; one of ${Object.keys(commands).join(', ')}`);
  await commands[command](args);
} catch (error) {
  if (!(error instanceof ExitError)) process.stderr.write(`${error.message}\n`);
  process.exitCode = error.status ?? 1;
}
