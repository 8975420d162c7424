/**
 * Recall and precision of a scan over the corpus, in all and by class.
 * @module
 */
import type { Finding } from '../finding.js';
import type { Sample } from './corpus.js';

export interface ClassResult {
  readonly class: string;
  readonly samples: number;
  /** Samples whose identifier was found, under its own kind. */
  readonly found: number;
  /** Findings that touch no identifier. */
  readonly falseFindings: number;
}

export interface Measured {
  readonly recall: number;
  readonly precision: number;
  readonly classes: readonly ClassResult[];
  /** Samples that went wrong, to look at. */
  readonly missed: readonly Sample[];
  readonly mistaken: readonly (Sample & { readonly finding: Finding })[];
}

/** Runs a scan over the samples and counts. */
export function measureScan(samples: readonly Sample[], scan: (text: string) => readonly Finding[]): Measured {
  const byClass = new Map<string, { samples: number; found: number; falseFindings: number }>();
  const missed: Sample[] = [];
  const mistaken: (Sample & { finding: Finding })[] = [];
  for (const sample of samples) {
    const counts = byClass.get(sample.class) ?? { samples: 0, found: 0, falseFindings: 0 };
    byClass.set(sample.class, counts);
    counts.samples += 1;
    let isFound = false;
    for (const finding of scan(sample.text)) {
      const touches = sample.kind !== 'none' && finding.start < sample.end && finding.end > sample.start;
      if (touches && finding.kind === sample.kind) isFound = true;
      if (touches) continue;
      counts.falseFindings += 1;
      mistaken.push({ ...sample, finding });
    }
    if (isFound) counts.found += 1;
    else if (sample.kind !== 'none') missed.push(sample);
  }
  const classes = [...byClass].map(([name, counts]) => ({ class: name, ...counts }));
  const sum = (pick: (result: ClassResult) => number) => classes.reduce((total, result) => total + pick(result), 0);
  const wanted = samples.filter(({ kind }) => kind !== 'none').length;
  const found = sum((result) => result.found);
  const falseFindings = sum((result) => result.falseFindings);
  return { recall: found / wanted, precision: found / (found + falseFindings), classes, missed, mistaken };
}
