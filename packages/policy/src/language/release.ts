/**
 * What may leave, and the order on it: a release is narrower than another when everything it lets leave, the other does too.
 * @module
 */
import type { ReleaseText } from './document.js';
import type { MaskRule, Release } from './policy.js';

const FLAGS = ['reference', 'dial', 'numeric', 'message', 'open'] as const;

/** What both releases let leave. */
export function meet(a: Release, b: Release): Release {
  const mask = a.mask && b.mask && { k: Math.max(a.mask.k, b.mask.k), maxDigits: Math.min(a.mask.maxDigits, b.mask.maxDigits) };
  const handover = a.handover &&
    b.handover && {
      fields: both(a.handover.fields, b.handover.fields),
      to: both(a.handover.to, b.handover.to),
      // Consent in place of a code is less to ask for: only where both say so, and of one consent.
      ...(a.handover.consent !== undefined && a.handover.consent === b.handover.consent && { consent: a.handover.consent }),
    };
  const lookup = a.lookup &&
    b.lookup && {
      fields: both(a.lookup.fields, b.lookup.fields),
      // A field shown whole above may be shown by its ending below; shown by its ending above, never whole.
      endings: both([...a.lookup.endings, ...a.lookup.fields], [...b.lookup.endings, ...b.lookup.fields]).filter(
        (field) => !(a.lookup!.fields.includes(field) && b.lookup!.fields.includes(field)),
      ),
      perDay: Math.min(a.lookup.perDay, b.lookup.perDay),
    };
  return {
    reference: a.reference && b.reference,
    dial: a.dial && b.dial,
    numeric: a.numeric && b.numeric,
    message: a.message && b.message,
    bands: both(a.bands, b.bands),
    answers: both(a.answers, b.answers),
    open: a.open && b.open,
    ...(mask && { mask }),
    ...(handover && handover.fields.length > 0 && handover.to.length > 0 && { handover }),
    ...(lookup && { lookup }),
  };
}

/**
 * A statement over what it inherits.
 *
 * @returns the release it asks for, members that it does not state being inherited, and the paths of the members that ask for more than `above` has
 */
export function stateRelease(
  above: Release,
  text: ReleaseText | undefined,
): { readonly release: Release; readonly wider: readonly string[] } {
  const wider: string[] = [];
  const release: { -readonly [M in keyof Release]: Release[M] } = { ...above };
  for (const flag of FLAGS) {
    if (text?.[flag] === undefined) continue;
    release[flag] = text[flag];
    if (text[flag] && !above[flag]) wider.push(flag);
  }
  if (text?.mask === false) delete release.mask;
  else if (text?.mask !== undefined) {
    const mask: MaskRule = { k: text.mask.k, maxDigits: text.mask.max_digits };
    release.mask = mask;
    if (above.mask === undefined) wider.push('mask');
    else if (mask.k < above.mask.k) wider.push('mask.k');
    else if (mask.maxDigits > above.mask.maxDigits) wider.push('mask.max_digits');
  }
  const subset = (member: string, own: readonly string[], ...allowed: readonly (readonly string[])[]) => {
    for (const [index, name] of own.entries()) if (!allowed.some((names) => names.includes(name))) wider.push(`${member}.${index}`);
  };
  for (const list of ['bands', 'answers'] as const) {
    if (text?.[list] === undefined) continue;
    release[list] = text[list];
    subset(list, text[list], above[list]);
  }
  if (text?.handover !== undefined) {
    release.handover = text.handover;
    if (above.handover === undefined) wider.push('handover');
    else {
      for (const list of ['fields', 'to'] as const) subset(`handover.${list}`, text.handover[list], above.handover[list]);
      const { consent } = text.handover;
      if (consent !== undefined && consent !== above.handover.consent) wider.push('handover.consent');
    }
  }
  if (text?.lookup !== undefined) {
    const { fields, endings = [], per_day: perDay } = text.lookup;
    release.lookup = { fields, endings, perDay };
    const { lookup } = above;
    if (lookup === undefined) wider.push('lookup');
    else {
      subset('lookup.fields', fields, lookup.fields);
      subset('lookup.endings', endings, lookup.endings, lookup.fields);
      if (perDay > lookup.perDay) wider.push('lookup.per_day');
    }
  }
  return { release, wider };
}

/** Whether a release lets nothing leave. */
export function isClosed(release: Release): boolean {
  const { bands, answers, mask, handover, lookup } = release;
  return !FLAGS.some((flag) => release[flag]) && bands.length + answers.length === 0 && !mask && !handover && !lookup;
}

function both(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set(a)].filter((item) => b.includes(item));
}
