/**
 * Which group, by which library: ristretto255 (RFC 9496) by libsodium where that is installed, everything else by @noble/curves.
 * @module
 */
import { fail } from '../errors.js';
import { type AnyGroup, type BlindBackend, type BlindSuite, closed } from './group.js';
import { createNobleGroup } from './noble-group.js';
import { createSodiumGroup, type SodiumRistretto } from './sodium-group.js';

export interface LoadGroupOptions {
  /** `auto` by default: libsodium for ristretto255 where `libsodium-wrappers-sumo` is installed, else noble. */
  readonly backend?: BlindBackend | 'auto';
}

/**
 * Loads a group with the fastest library that is installed.
 *
 * @throws `ERR_BLIND_BACKEND`: libsodium was asked for by name and is not installed, or has no such group
 */
export async function loadGroup(suite: BlindSuite, { backend = 'auto' }: LoadGroupOptions = {}): Promise<AnyGroup> {
  const sodium = suite === 'ristretto255-SHA512' && backend !== 'noble' ? await loadSodium() : undefined;
  if (sodium !== undefined) return closed(createSodiumGroup(sodium));
  if (backend === 'libsodium') throw fail('ERR_BLIND_BACKEND');
  return createNobleGroup(suite, closed);
}

/** The optional package; its WebAssembly is ready when this resolves. */
async function loadSodium(): Promise<SodiumRistretto | undefined> {
  try {
    const { default: sodium } = await import('libsodium-wrappers-sumo');
    await sodium.ready;
    return sodium;
  } catch {
    // Not installed, or not for this platform: the caller goes on without it.
    return undefined;
  }
}
