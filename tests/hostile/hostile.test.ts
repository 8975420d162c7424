import { describe, expect, it } from 'vitest';
import { runHostile } from './run.js';

describe('hostile inputs', () => {
  it('are none of them accepted, crash nothing, and are told nothing', async () => {
    const report = await runHostile({ runs: 600, seed: 20_261_125 });
    expect(report).toMatchObject({ accepted: 0, crashes: 0, told: 0, findings: [] });
    expect(report.inputs).toBeGreaterThan(600);
  });
});
