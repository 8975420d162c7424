// Blind matching: the vendor holds the key, the bank learns

export { createMatchHolder, type MatchHolder } from './holder.js';

// The vendor learns: where two people of the bank approved

export { type Learned, type LearnOptions, learnMatches } from './learner.js';

// Both

export { LONGEST_MESSAGE } from './messages.js';
export type { MatchOptions } from './terms.js';
