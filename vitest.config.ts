import { defineConfig } from 'vitest/config';

// Workspaces run from source: no test sees a stale build. The condition stands in every package's `exports`.
const conditions = ['@numbra/source', 'node'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

const pure = ['core', 'policy', 'ledger', 'grants', 'files', 'keyrings', 'verify', 'vendor-client'];
const system = ['bank', 'gateway', 'numbra'];

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'pure',
          include: pure.map((p) => `packages/${p}/src/**/*.test.ts`),
          setupFiles: ['tests/support/matchers.ts'],
          testTimeout: 60_000, // properties over thousands of inputs, on machines that do other things too
        },
      },
      {
        ...shared,
        test: {
          name: 'system',
          include: [
            ...system.map((p) => `packages/${p}/src/**/*.test.ts`),
            'tests/**/*.test.ts',
            'examples/**/*.test.ts',
            'benchmarks/**/*.test.ts',
          ],
          setupFiles: ['tests/support/matchers.ts'],
          globalSetup: ['tests/support/postgres.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
