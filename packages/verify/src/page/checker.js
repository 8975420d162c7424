/** The offline page: a file comes in by drag and drop or by the button, and what it proves is shown. Nothing is sent or kept. */
import { checkReceipt } from './check.js';

const element = (id) => document.getElementById(id);
const result = element('result');
let text;

function show() {
  const language = element('language').value;
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const part of document.querySelectorAll('[data-language]')) part.hidden = part.dataset.language !== language;
  if (text === undefined) return;
  const { holds, html } = checkReceipt(text, { log: element('log').value, witness: element('witness').value }, language);
  result.dataset.holds = String(holds);
  result.innerHTML = html; // made from escaped values; the page's policy runs no script but this one
}

async function take(file) {
  // Bytes that are no UTF-8 stay visible as replacements, and the receipt is then not what was signed. What cannot be read, such as a
  // folder, is checked as an empty file: what the file before it proved must not stay on the page.
  text = (await file?.text().catch(() => '')) ?? '';
  show();
}

element('file').addEventListener('change', (event) => take(event.target.files[0]));
for (const id of ['log', 'witness', 'language']) element(id).addEventListener('input', show);
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  take(event.dataTransfer?.files[0]);
});
if (navigator.language?.startsWith('zh')) element('language').value = 'zh';
show();
