// The group, by the fastest library that is installed

export type { AnyGroup, BlindBackend, BlindSuite } from './group.js';
export { type LoadGroupOptions, loadGroup } from './groups.js';

// Oblivious pseudorandom functions, RFC 9497

export type { Blinded, BlindKey, OprfOptions } from './modes.js';
export { createOprf, createPoprf, createVoprf, type Evaluated, type Finalizing, type Oprf, type VerifiableOprf } from './oprf.js';

// What outputs are bound to

export { type BlindPurpose, blindInfo, matchInfo } from './info.js';

// Blind matching: what two lists have in common, told to one side

export { type MatchExchange, type MatchItems, type MatchTerms, matchPhones } from './match.js';
export { createHolder, type MatchHolder } from './match-holder.js';
export { createLearner, learn, type MatchLearner, type MatchStep } from './match-learner.js';
export { LONGEST_MESSAGE } from './match-messages.js';
