import * as c from '@numbra/core';
import { randomBytes } from 'node:crypto';
import { useWorkspace } from '/work/main/packages/core/src/tokens/workspace.ts';
import { putTokens } from '/work/main/packages/core/src/tokens/texts.ts';
import { scopeParts } from '/work/main/packages/core/src/tokens/scope.ts';
const N=1024;
const s=new c.Scope({identity:{bank:'bank',vendor:'vendor-42',purpose:'p',campaign:'c'} as any,tag:randomBytes(6),referenceKey:randomBytes(64),dialKey:randomBytes(64)});
const lane=scopeParts(s).references as any;
function t(name: string, f: () => unknown, per = N) {
  for (let i = 0; i < 800; i++) f();
  let best = 1e9;
  for (let r = 0; r < 400; r++) { const a = process.hrtime.bigint(); for (let k = 0; k < 8; k++) f(); const ns = Number(process.hrtime.bigint() - a) / 8 / per; if (ns < best) best = ns; }
  console.log(name.padEnd(24), best.toFixed(2));
}
const ids12=Array.from({length:N},(_,i)=>('C'+String(i*7919%1000000).padStart(6,'0')+'AB123') as any);
const refs=c.sealReferences(s,ids12);
const w=useWorkspace();const no=()=>{throw 1};
putTokens(w,refs);lane.open(w,N);console.log(w.verdicts.every(x=>x===0));
t('unpack',()=>w.ids.unpack(lane.mask,N,no));
t('open',()=>c.openReferences(s,refs));
t('unpack',()=>w.ids.unpack(lane.mask,N,no));
putTokens(w,refs);lane.open(w,N);console.log(w.verdicts.every(x=>x===0), w.mac.words.slice(0,4));
t('unpack',()=>w.ids.unpack(lane.mask,N,no));
