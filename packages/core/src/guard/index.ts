// The guard

export { createGuard, type Guard, type GuardOptions, scanText } from './guard.js';

// What it finds, and what it is given to find

export type { FieldFinding, Finding, FindingKind, KnownValue } from './finding.js';

// Taking findings out of a text

export { redact } from './redact.js';
