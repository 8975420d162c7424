// What a recipient sees.

// How many rows look alike, and how much of the phone may be shown.
export { chooseMaskWidth, DEFAULT_K, type KAnonymity, kAnonymity } from './k-anonymity.js';
// How well two recipients could link their lists.
export {
  type Linkability,
  type LinkabilityBounds,
  linkability,
  linkabilityBounds,
  linkabilityToRecipient,
  type RecipientLinkability,
  withinBounds,
} from './linkability.js';
export { commonView, countClasses, maskWidth, type VisibleList, type VisibleRow, visibleClass } from './visible.js';
