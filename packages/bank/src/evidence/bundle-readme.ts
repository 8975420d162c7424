/**
 * What lies in an evidence bundle, and how each part is checked by hand.
 * @module
 */

/** @param keyId - of the key whose signature stands first in the checkpoint, 8 hex digits */
export function bundleReadme(origin: string, keyId: string): string {
  return `# Evidence of a trace

Ledger: ${origin}

| file | what it is |
|---|---|
| findings.json | what was found, with the places in what leaked |
| entries/EXPORT.json | the ledger entry of each export that delivered found rows, with its proof to a signed checkpoint |
| rows/EXPORT.json | found rows (100 at most, those that leaked as delivered first) under the root that the export's entry states |
| checkpoint | the ledger's newest signed checkpoint (C2SP signed note) |
| keys.txt | the verifier keys of the ledger and its witnesses |
| keys/ID.pem | the same keys as openssl reads them; ID is the second part of the key's line in keys.txt |

## Check it

1. **Keys.** Compare keys.txt with the keys that the bank has published, or that a regulator or an earlier receipt holds. A key that
   comes with the evidence alone proves nothing.
2. **Checkpoint.** Its text (origin, number of entries, root in base64) ends before the blank line; a signature line ends in base64 of the
   key's ID (4 bytes) and its Ed25519 signature (64 bytes) of the text, with the text's last line feed. By openssl 3:

   \`\`\`sh
   sed '/^$/,$d' checkpoint > text
   grep '^— ${origin} ' checkpoint | head -n 1 | cut -d ' ' -f 3 | openssl base64 -d -A | tail -c 64 > signature
   openssl pkeyutl -verify -pubin -inkey keys/${keyId}.pem -rawin -in text -sigfile signature
   \`\`\`

   A witness signs \`cosignature/v1\`, a line \`time SECONDS\` and the text; SECONDS (8 bytes, big-endian) stand before its signature.
3. **Entries.** \`verifyEntryProof(text, { logKeys })\` of @numbra/verify on each file of entries/. By hand: check the file's \`checkpoint\` as above. The
   leaf is SHA-256 of a byte 0 and the text of \`entry\`, and the hashes of \`proof\` (base64url) lead from it to the checkpoint's root (RFC 9162,
   section 2.1.3.2): begin with f = \`index\`, s = number of entries − 1, r = the leaf. At each hash p: if f is odd or f = s, r becomes SHA-256 of a
   byte 1, p and r, and f and s are halved until f is odd or 0; else r becomes SHA-256 of a byte 1, r and p. Then halve f and s, without
   remainder. At the end s is 0 and r is the root.
4. **The export.** The entry names vendor, campaign, the number of rows, their \`root\` and \`file\`, SHA-256 of the file as it was delivered.
   A vendor who kept the file can be asked to show it.
5. **Rows.** Of each row in rows/: its content is \`subject\` and \`hash\`, both from base64url; its leaf is SHA-256 of a byte 0 and
   that content (\`rowLeaf\` of @numbra/ledger); \`verifyInclusion\` with \`index\`, the entry's \`rows\` as size and its \`root\`, or by hand as in step 3.
   Where a whole line leaked, SHA-256 of the line without its line end is \`hash\`: the line that leaked is the line that was delivered. Of
   such a row findings.json names in \`asDelivered\` the exports that delivered it so. A row found by genuine tokens that stands as no export
   delivered it was edited, put together from others, or leaked in part: its tokens are the list's, its other cells are anybody's.
6. **Tokens.** A row found \`sealed\` was opened by the campaign's key, which only the bank has: for that the bank's word stands, or step 5.

## What it does not prove

- Rows found by \`tag\` accuse nobody: anyone can copy a tag. Rows found by \`prefix\`, and lists that rows resemble, are likelihoods.
- Decoys accuse with the stated probability of an error, under the bank's key of decoys.
- The order of events outside the ledger, and who at the vendor let the rows out.

This proves the list, not the hand: the bank held these rows too.
`;
}
