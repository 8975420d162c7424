import * as c from '@numbra/core';
import { createCipheriv, randomBytes } from 'node:crypto';
import { race, median } from './measure.ts';
const B=1024;
const identity={bank:'bank',vendor:'vendor-42',purpose:'marketing.insurance.term-life',campaign:'c-2026-11'} as any;
const s=new c.Scope({identity,tag:randomBytes(6),referenceKey:randomBytes(64),dialKey:randomBytes(64)});
const ids=Array.from({length:B},(_,i)=>('C'+String(i*7919%1000003).padStart(8,'0')) as any);
const col=(xs:string[])=>{const offsets=new Uint32Array(xs.length+1);xs.forEach((x,i)=>{offsets[i+1]=offsets[i]!+x.length});return {data:Buffer.from(xs.join('')),offsets}};
const d12=col(ids.map((_:any,i:number)=>String(100000000000+i*7919%1000003)));
const into=new Uint8Array(52*B);
const received=c.sealReferences(s,ids).map(r=>Buffer.from(r).toString());
const e1=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false),e2=createCipheriv('aes-256-ecb',randomBytes(32),null).setAutoPadding(false);
const bl=randomBytes(16*B),rw=randomBytes(36*B);
const fc=()=>{e1.update(bl);e2.update(bl);return rw.toString('base64url')};
const fs=()=>{const x=fc();const a=new Array(B);for(let i=0;i<B;i++)a[i]=x.slice(48*i,48*i+48);return a};
let k=0;
const r=await race([
{name:'seal',count:B,work:()=>c.sealReferences(s,ids)},{name:'fs',count:B,work:fs},{name:'open',count:B,work:()=>c.openReferences(s,received)},
{name:'cols',count:B,work:()=>c.sealReferenceColumn(s,d12,'ascii',into)},{name:'fc',count:B,work:fc},
{name:'one',count:1,work:()=>c.sealReference(s,ids[k++&1023])},
],{turns:Number(process.argv[2]??60),sliceMs:8});
const m=(a:string,b:string)=>median(r.get(a)!.map((x,i)=>x/r.get(b)![i]!)).toFixed(3);
console.log('seal',(1e9/median(r.get('seal')!)).toFixed(1),'cols',(1e9/median(r.get('cols')!)).toFixed(1),'open',(1e9/median(r.get('open')!)).toFixed(1),'one',(1e9/median(r.get('one')!)).toFixed(0),'| seal/fs',m('seal','fs'),'cols/fc',m('cols','fc'),'open/seal',m('open','seal'));
