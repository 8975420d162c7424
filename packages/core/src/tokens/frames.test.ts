import { describe, expect, it } from 'vitest';
import { encodeToken } from './token-text.js';
import { useWorkspace } from './workspace.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const token = encodeToken(
  'reference',
  Uint8Array.from({ length: 36 }, (_, i) => 7 * i),
);

describe('frames', () => {
  it('give the text back that they were read from', () => {
    const { frames } = useWorkspace();
    expect(frames.parse(token + token)).toBe(true);
    expect(frames.text(2)).toBe(token + token);
  });

  it('read no character but the sixty-four, in any place of a group of four', () => {
    const { frames } = useWorkspace();
    const wrong: string[] = [];
    for (const place of [4, 5, 6, 7, 51]) {
      for (let code = 0; code <= 0xffff; code++) {
        const character = String.fromCharCode(code);
        const text = token.slice(0, place) + character + token.slice(place + 1);
        const read = frames.parse(text);
        if (read !== ALPHABET.includes(character)) wrong.push(`${place}:${code}`);
        if (read && frames.text(1) !== text) wrong.push(`${place}:${code} differs`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('read no text of another length', () => {
    const { frames } = useWorkspace();
    for (const text of [`${token}=`, `${token}A`, `${token}==`, `${token}\n`, ` ${token}`, token.slice(1)])
      expect(frames.parse(text)).toBe(false);
  });
});
