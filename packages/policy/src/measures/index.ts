// What a recipient sees.

export { criterionCertainty, type DeltaPresence, deltaPresence } from './delta-presence.js';
// Coarser lists that keep the bounds, and what they cost.
export { type GeneralizeBounds, type GeneralizeCost, type Generalized, type GeneralizeInput, generalize } from './generalize.js';
// How many rows look alike, how much of the phone may be shown, what a class or the list itself tells.
export { chooseMaskWidth, DEFAULT_K, type KAnonymity, kAnonymity } from './k-anonymity.js';
// Draws that only the bank can repeat: padding and daily batches.
export { type Draw, type Hmac, keyedOrder } from './keyed-order.js';
export { type LDiversity, lDiversity } from './l-diversity.js';

// How well two recipients could link their lists, and the attack itself.
export {
  type Linkability,
  type LinkabilityBounds,
  linkability,
  linkabilityBounds,
  linkabilityToRecipient,
  type RecipientLinkability,
  withinBounds,
} from './linkability.js';
export { type AttackResult, attack, type Join, joinOnVisible, shownList } from './linkage-attack.js';
export { drawDays } from './pacing.js';
export { drawPadding, mostPadded, paddingRows } from './padding.js';
// What labels cover.
export { type BandSpans, type Span, spanOf } from './spans.js';
export {
  classKey,
  commonView,
  countClasses,
  maskWidth,
  type ShownList,
  type VisibleList,
  type VisibleRow,
  visibleClass,
} from './visible.js';
