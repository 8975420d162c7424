// Which lists carry which of the bank's lines

export { biasOf, createDecoyCode, type DecoyCode } from './code.js';

// Whom the lines that turned up accuse, and how surely

export { type Accusation, accuse, EPSILON, innocentBound } from './accuse.js';

// How many lines find whom

export { type DecoyReach, LARGEST_SHARE, mostLines, reachOf } from './reach.js';

// Leaks as coalitions would make them, for tests and benchmarks

export { type LeakStrategy, leakOf, leakStrategies } from './leaks.js';
