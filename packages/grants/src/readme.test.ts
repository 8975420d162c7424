/** The README's code runs as it stands there. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import * as grants from './index.js';

it('the code of the README runs', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const imported = /^import (\{.*\}) from '@numbra\/grants';$/m.exec(code);
  const body = code.replace(imported?.[0] ?? '', `const ${imported?.[1]} = grants;`);
  const log = vi.fn();
  const AsyncFunction = (async () => undefined).constructor as new (...names: string[]) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction('grants', 'console', body)(grants, { log });
  const digest = expect.stringMatching(/^[\w-]{43}$/);
  expect(log).toHaveBeenCalledWith({ calls: 5000, per_customer: 2, per_agent_per_hour: 40 }, digest, expect.any(Uint8Array));
});
