import * as c from '@numbra/core';
import { aessiv } from '@noble/ciphers/aes.js';
import { createHmac, randomBytes, createCipheriv } from 'node:crypto';
const N=1024;
const id={bank:'bank',vendor:'vendor-42',purpose:'marketing.insurance.term-life',campaign:'c-2026-11'} as any;
const rk=randomBytes(64);
const s=new c.Scope({identity:id,tag:randomBytes(6),referenceKey:rk,dialKey:randomBytes(64),numericKey:randomBytes(32)});
const e1=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false),e2=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false);
const blocks=randomBytes(16*N),raw=randomBytes(36*N);
function t(name:string,f:()=>unknown,per=N,ms=300){for(let i=0;i<Math.min(300,1+20000/per);i++)f();let best=1e9;for(let r=0;r<7;r++){let n=0;const a=process.hrtime.bigint();let e;do{f();f();n+=2;e=process.hrtime.bigint()}while(e-a<BigInt(ms*1e6/7|0));const ns=Number(e-a)/n/per;if(ns<best)best=ns}return best}
const ids12=Array.from({length:N},(_,i)=>('C'+String(i*7919%1000000).padStart(6,'0')+'AB123') as any);
const ids20=Array.from({length:N},(_,i)=>('62'+String(i*7919%1000000).padStart(18,'0')) as any);
const ids11=Array.from({length:N},(_,i)=>(String(i*7919%1000000).padStart(11,'1')) as any);
const phones=Array.from({length:N},(_,i)=>new c.Sensitive(('8613'+String(i*7919%1000000000).padStart(9,'0')) as any));
const col=(xs:string[])=>{const data=Buffer.from(xs.join(''));const offsets=new Uint32Array(xs.length+1);xs.forEach((x,i)=>{offsets[i+1]=offsets[i]!+x.length});return {data,offsets}};
const refs=c.sealReferences(s,ids12);const dials=c.sealDialTokens(s,phones as any,refs);
const rcol=c.sealReferenceColumn(s,col(ids12),'ascii'),rraw=c.sealReferenceColumn(s,col(ids12),'raw');
const into=new Uint8Array(52*N),intoR=new Uint8Array(36*N);
const flat=refs.map(r=>Buffer.from(r).toString());
const fs=()=>{e1.update(blocks);e2.update(blocks);const x=raw.toString('base64url');const a=new Array(N);for(let i=0;i<N;i++)a[i]=x.slice(48*i,48*i+48);return a};
const fc=()=>{e1.update(blocks);e2.update(blocks);return raw.toString('base64url')};
const pcol=new c.Sensitive(col(phones.map(p=>p.use(x=>x))));
const hk=randomBytes(32);let k=0;
const rows:[string,()=>unknown,number][]=[
['floor strings',fs,N],['floor cols',fc,N],
['seal/strings 12',()=>c.sealReferences(s,ids12),N],['seal/strings 20',()=>c.sealReferences(s,ids20),N],['seal/strings 11',()=>c.sealReferences(s,ids11),N],
['seal dial strings',()=>c.sealDialTokens(s,phones as any,refs),N],
['seal/cols 12 ascii',()=>c.sealReferenceColumn(s,cc12,'ascii',into),N],
['seal/cols 20 ascii',()=>c.sealReferenceColumn(s,cc20,'ascii',into),N],
['seal/cols 11 ascii',()=>c.sealReferenceColumn(s,cc11,'ascii',into),N],
['seal/cols 12 raw',()=>c.sealReferenceColumn(s,cc12,'raw',intoR),N],
['seal dial cols ascii',()=>c.sealDialTokenColumn(s,pcol as any,rcol,'ascii',into),N],
['open/strings sliced',()=>c.openReferences(s,refs),N],['open/strings flat',()=>c.openReferences(s,flat),N],
['open dial strings',()=>c.openDialTokens(s,dials),N],
['open cols ascii',()=>c.openReferenceColumn(s,rcol,'ascii'),N],['open cols raw',()=>c.openReferenceColumn(s,rraw,'raw'),N],
['seal/one',()=>c.sealReference(s,ids12[k++&1023]),1],['open/one',()=>c.openReference(s,refs[k++&1023]!),1],
['numeric',()=>c.sealNumericTokens(s,nums),N],
['hmac',()=>createHmac('sha256',hk).update(ids12[k++&1023]).digest('base64url'),1],
['noble aessiv',()=>aessiv(rk,c.scopeContext('ref',id)).encrypt(blocks.subarray(0,14)),1],
];
const nums=Array.from({length:N},(_,i)=>i+1);
const cc12=col(ids12),cc20=col(ids20),cc11=col(ids11);
for(let r=0;r<2;r++){const R:Record<string,number>={};for(const [n,f,p] of rows)R[n]=t(n,f,p);if(r)for(const n in R)console.log(n.padEnd(24),R[n]!.toFixed(1),'fs',(R['floor strings']!/R[n]!).toFixed(2),'fc',(R['floor cols']!/R[n]!).toFixed(2))}
