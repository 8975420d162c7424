import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { policySchema } from './schema.js';

describe('the published schema', () => {
  it('compiles in strict mode and names draft 2020-12', () => {
    expect(policySchema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(() => new Ajv2020({ strict: true }).compile(policySchema)).not.toThrow();
  });

  it('refuses members that it does not name, in every map it describes', () => {
    const open: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const node = schema as Record<string, unknown>;
      if (node.type === 'object' && node.additionalProperties === undefined) open.push(path);
      for (const [name, member] of Object.entries(node)) walk(member, `${path}/${name}`);
    };
    walk(policySchema, '');
    expect(open).toEqual([]);
  });
});
