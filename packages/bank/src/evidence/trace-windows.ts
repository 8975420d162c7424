/**
 * What leaked, cut into windows that are looked at one by one, so that a file of any length is traced in flat memory.
 * @module
 */

/** A part of a file, a sheet, a mail, in order; parts of one source follow each other. */
export interface TracePiece {
  /** How the report names it; absent for a text without a name. */
  readonly source?: string;
  readonly text: string;
}

export interface TraceWindow extends TracePiece {
  /** Characters of the source before the window. */
  readonly offset: number;
}

const WINDOW_CHARACTERS = 1 << 20;
/** Longer than a token that is wrapped and encoded, or a phone: nothing that begins before the cut ends behind it. */
const OVERHANG_CHARACTERS = 2_048;

/** Joins pieces and cuts them again, between lines wherever there are lines. Nothing is shown twice. */
export async function* windowsOf(pieces: AsyncIterable<TracePiece> | Iterable<TracePiece>): AsyncGenerator<TraceWindow> {
  let source: string | undefined;
  let text = '';
  let offset = 0;
  const windowOf = (length: number): TraceWindow => {
    const window = { ...(source !== undefined && { source }), text: text.slice(0, length), offset };
    offset += length;
    text = text.slice(length);
    return window;
  };
  for await (const piece of pieces) {
    if (piece.source !== source) {
      if (text !== '') yield windowOf(text.length);
      source = piece.source;
      offset = 0;
    }
    text += piece.text;
    while (text.length > WINDOW_CHARACTERS) yield windowOf(cutOf(text));
  }
  if (text !== '') yield windowOf(text.length);
}

/** Behind the last line that no token of the next one is wrapped from. A row keeps its whole line there: see trace-lines.ts. */
function cutOf(text: string): number {
  const from = WINDOW_CHARACTERS - OVERHANG_CHARACTERS;
  for (let feed = text.lastIndexOf('\n', WINDOW_CHARACTERS); feed >= from; feed = text.lastIndexOf('\n', feed - 1))
    if (endsTokens(text, text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed)) return feed + 1;
  // Tokens and phones begin and end at these; without any of them in two thousand characters it is neither.
  for (let at = WINDOW_CHARACTERS; at > from; at--)
    if (/[\s,;"'<>&]/.test(text[at] as string) && !/[\r\n]/.test(text[at] as string)) return at;
  const feed = text.lastIndexOf('\n', WINDOW_CHARACTERS);
  return feed >= from ? feed + 1 : WINDOW_CHARACTERS;
}

/** Whether no token goes on behind a line: it is blank or ends in what no token holds; or its last word follows such, and is no token's beginning. */
function endsTokens(text: string, end: number): boolean {
  let word = end;
  while (word > 0 && /[A-Za-z0-9_%=-]/.test(text[word - 1] as string)) word -= 1;
  if (word === end) return true;
  // What mails and chats put before a line is no end of what came before it.
  return word > 0 && !/[\s>|]/.test(text[word - 1] as string) && !/n[rd]1(?:_|%5f)/i.test(text.slice(word, end));
}
