import { randomBytes } from 'node:crypto';
import * as c from '@numbra/core';
import { rowsOf } from '../packages/core/src/tokens/column.ts';
import { putTokenColumn, putValueColumn, takeTokenColumn } from '../packages/core/src/tokens/columns-io.ts';
import { scopeParts } from '../packages/core/src/tokens/scope.ts';
import { putTokens, putValues, takeTokens } from '../packages/core/src/tokens/texts.ts';
import { useWorkspace, wipe } from '../packages/core/src/tokens/workspace.ts';

const N = 1024;
const id = { bank: 'bank', vendor: 'vendor-42', purpose: 'marketing.insurance.term-life', campaign: 'c-2026-11' } as any;
const s = new c.Scope({ identity: id, tag: randomBytes(6), referenceKey: randomBytes(64), dialKey: randomBytes(64) });
const lane = scopeParts(s).references as any;
function t(name: string, f: () => unknown, per = N) {
  for (let i = 0; i < 800; i++) f();
  let best = 1e9;
  for (let r = 0; r < 400; r++) { const a = process.hrtime.bigint(); for (let k = 0; k < 8; k++) f(); const ns = Number(process.hrtime.bigint() - a) / 8 / per; if (ns < best) best = ns; }
  console.log(name.padEnd(24), best.toFixed(2));
}
const ids12 = Array.from({ length: N }, (_, i) => ('C' + String((i * 7919) % 1000000).padStart(6, '0') + 'AB123') as any);
const col = (xs: string[]) => {
  const data = Buffer.from(xs.join(''));
  const offsets = new Uint32Array(xs.length + 1);
  xs.forEach((x, i) => {
    offsets[i + 1] = offsets[i]! + x.length;
  });
  return { data, offsets };
};
const cc = col(ids12);
const w = useWorkspace();
const no = () => {
  throw 1;
};
const refs = c.sealReferences(s, ids12);
const rcol = c.sealReferenceColumn(s, cc, 'ascii');
const into = new Uint8Array(52 * N);
t('rowsOf', () => rowsOf(cc));
t('putValues', () => putValues(w, ids12));
t('putValueColumn', () => putValueColumn(w, cc, 0, N));
t('packIds', () => w.ids.pack(lane.mask, N, no, false));
t('lane.seal', () => lane.seal(w, N));
t('takeTokens', () => takeTokens(w, N));
t('takeTokenColumn', () => takeTokenColumn(w, into, 'ascii', 0, N));
t('wipe', () => {
  w.used = 12 * N;
  wipe(w, N);
});
t('putTokens', () => putTokens(w, refs));
t('putTokenColumn', () => putTokenColumn(w, 'reference', rcol, 'ascii', 0, N));
t('lane.open', () => lane.open(w, N));
putTokens(w, refs);
lane.open(w, N);
t('unpackIds', () => w.ids.unpack(lane.mask, N, no));
t('slices', () => {
  const text = w.output.toString('latin1', 0, 24 * N);
  const a = new Array(N);
  for (let i = 0; i < N; i++) {
    const e = w.ends[i]!;
    a[i] = e === 0 ? undefined : text.slice(w.starts[i], e);
  }
  return a;
});
t('mac words fill', () => w.mac.words.fill(0, 0, 4 * N));
t('output fill', () => w.output.fill(0, 0, 24 * N));
t('seal', () => c.sealReferences(s, ids12));
t('cols', () => c.sealReferenceColumn(s, cc, 'ascii', into));
t('open', () => c.openReferences(s, refs));

import { createAesCipher } from '../packages/core/src/tokens/block-cipher.ts';

const ci = createAesCipher(randomBytes(32));
t('ecb1', () => ci.encrypt(w.mac.bytes, w.stream.bytes));

import { createCipheriv } from 'node:crypto';

const raw = createCipheriv('aes-256-ecb', randomBytes(32), null).setAutoPadding(false);
t('ecb raw', () => raw.update(w.mac.bytes));
const plainu8 = new Uint8Array(16 * N);
t('ecb raw u8', () => raw.update(plainu8));
const out8 = new Uint8Array(16 * N);
t('ecb set u8', () => out8.set(raw.update(plainu8)));


const hd=new Int32Array(3);
console.log('--');
t('writeHeads',()=>w.frames.writeHeads(hd,N));
t('writeCt',()=>w.frames.writeCiphertexts(lane.mask,N));
t('readCounters',()=>w.frames.readCounters(N));
t('readCiphertexts',()=>w.frames.readCiphertexts(lane.mask,N));
t('judge',()=>w.frames.judge(hd,N));
const flat=refs.map(r=>Buffer.from(r).toString());
t('putTokens flat',()=>putTokens(w,flat));
t('open flat',()=>c.openReferences(s,flat));
const e1=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false),e2=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false);
const bl=randomBytes(16*N),rw=randomBytes(36*N);
t('floor cols',()=>{e1.update(bl);e2.update(bl);return rw.toString('base64url')});
t('floor strings',()=>{e1.update(bl);e2.update(bl);const x=rw.toString('base64url');const a=new Array(N);for(let i=0;i<N;i++)a[i]=x.slice(48*i,48*i+48);return a});
