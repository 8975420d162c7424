/**
 * What lies in an evidence bundle, and how each part is checked by hand.
 * @module
 */

export function bundleReadme(origin: string): string {
  return `# Evidence of a trace

Ledger: ${origin}

| file | what it is |
|---|---|
| findings.json | what was found, with the places in what leaked |
| entries/EXPORT.json | the ledger entry of each export that delivered found rows, with its proof to a signed checkpoint |
| rows/EXPORT.json | found rows (100 at most) under the root that the export's entry states |
| checkpoint | the ledger's newest signed checkpoint (C2SP signed note) |
| keys.txt | the verifier keys of the ledger and its witnesses |

## Check it

1. **Keys.** Compare keys.txt with the keys that the bank has published, or that a regulator or an earlier receipt holds. A key that
   comes with the evidence alone proves nothing.
2. **Entries.** \`verifyEntryProof(text, { logKeys })\` of @numbra/verify on each file of entries/. By hand: the leaf is SHA-256 of a byte 0 and
   the text of \`entry\`; the hashes of \`proof\` lead from it to the root in the checkpoint (RFC 6962, section 2.1.1); the checkpoint is
   signed by Ed25519.
3. **The export.** The entry names vendor, campaign, the number of rows, their \`root\` and \`file\`, SHA-256 of the file as it was delivered.
   A vendor who kept the file can be asked to show it.
4. **Rows.** Of each row in rows/: its content is \`subject\` and \`hash\`, both from base64url; its leaf is SHA-256 of a byte 0 and
   that content (\`rowLeaf\` of @numbra/ledger); \`verifyInclusion\` with \`index\`, the entry's \`rows\` as size and its \`root\`. Where a whole
   line leaked, SHA-256 of the line without its line end is \`hash\`: the line that leaked is the line that was delivered.
5. **Tokens.** A row found \`sealed\` was opened by the campaign's key, which only the bank has: for that the bank's word stands, or step 4.

## What it does not prove

- Rows found by \`tag\` accuse nobody: anyone can copy a tag. Rows found by \`prefix\`, and lists that rows resemble, are likelihoods.
- Decoys accuse with the stated probability of an error, under the bank's key of decoys.
- The order of events outside the ledger, and who at the vendor let the rows out.

This proves the list, not the hand: the bank held these rows too.
`;
}
