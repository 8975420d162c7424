import { describe, expect, it } from 'vitest';
import {
  type CustomerId,
  deriveScopeKey,
  type Name,
  openDialToken,
  openReference,
  type Phone,
  Scope,
  Sensitive,
  sealDialToken,
  sealReference,
} from '../index.js';

const identity = {
  bank: 'bank' as Name,
  vendor: 'vendor-42' as Name,
  purpose: 'marketing.insurance.term-life' as Name,
  campaign: 'c-2026-11' as Name,
};
const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const secret = Uint8Array.from({ length: 32 }, (_, i) => 32 + i);
const tag = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5);
describe('formats', () => {
  it('holds', () => {
    const scope = new Scope({
      identity,
      tag,
      referenceKey: deriveScopeKey(root, secret, 'ref', identity),
      dialKey: deriveScopeKey(root, secret, 'dial', identity),
    });
    const r = sealReference(scope, 'C000123' as CustomerId);
    expect(r).toBe('nr1_oKGio6SljY0Gq8Rx87kpEL_GKcrVgRqwommJK4LafOMhAqAM');
    const d = sealDialToken(scope, new Sensitive('8613800138000' as Phone), r);
    expect(d).toBe('nd1_oKGio6SlUXrLN3Xcrk74MqpCO7x2b9rFOkJWPu1F8sneQs2P');
    expect(openReference(scope, r)).toBe('C000123');
    expect(openReference(scope, d)).toBe(undefined);
    expect(openDialToken(scope, d)?.phone.use((x) => x)).toBe('8613800138000');
  });
});
