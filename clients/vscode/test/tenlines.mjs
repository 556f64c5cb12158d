// Ten lines typed on a real Python project with the built-in model, as a person types: what is shown at each key, and a picture of
// the last suggestion of each line. The project is a copy of attrs from the environment that runs the server.
//
//   node test/tenlines.mjs [FOLDER]        pictures into FOLDER (default: .cache/vscode-shots/tenlines), a line of text for each.
//                                    The tenth is docs/images/vscode-word.png.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PYTHON, real, REPO, VSIX } from './harness/session.mjs';
import { NO_POPUP, startBrowser, startServer, Workbench } from './harness/workbench.mjs';

const out = path.resolve(process.argv[2] ?? path.join(REPO, '.cache/vscode-shots/tenlines'));
const SETTLED_MS = 450; // longer than an answer of the built-in model takes on a busy machine
const LINES = [
  'from ._make import Attribute, fields',
  'def names_of(cls):',
  '    return [a.name for a in cls.__attrs_attrs__]',
  'def required(cls):',
  '    attrs = fields(cls)',
  '    return [a for a in attrs if a.default is NOTHING]',
  'def check(inst):',
  '    for a in fields(inst.__class__):',
  '        if a.validator is not None:',
  '            a.validator(inst, a, getattr(inst, a.name))',
];

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'dovetail-tenlines-'));
const folder = path.join(scratch, 'attrs');
const packages = execFileSync(PYTHON, ['-c', 'import attr, pathlib; print(pathlib.Path(attr.__file__).parent.parent)'], { encoding: 'utf8' }).trim();
for (const name of ['attr', 'attrs']) fs.cpSync(path.join(packages, name), path.join(folder, name), { recursive: true, filter: (file) => !file.endsWith('__pycache__') });
fs.writeFileSync(path.join(folder, 'attr', '_tools.py'), '"""Small tools around classes."""\n\n');
const server = await startServer({ root: scratch, vsix: [VSIX], settings: { ...NO_POPUP, ...real(), 'editor.fontSize': 16 } });
const browser = await startBrowser();
try {
  const wb = await Workbench.open(browser, server, folder, { width: 900, height: 420 });
  await wb.openFile('_tools.py', 'attr');
  await wb.palette('View: Toggle Primary Side Bar Visibility');
  await wb.statusSays(/ready|learnt/, 120_000);
  await wb.focusEditor();
  await wb.page.keyboard.press('Control+End');
  await wb.settle();
  for (const [i, line] of LINES.entries()) {
    const seen = [];
    for (const key of line) {
      await wb.page.keyboard.type(key);
      await wb.page.waitForTimeout(SETTLED_MS);
      const ghost = await wb.ghost();
      if (!ghost || seen.at(-1)?.endsWith(ghost)) continue;
      seen.push(ghost);
      await wb.shot(path.join(out, `${i + 1}.png`));
    }
    await wb.page.keyboard.press('Escape');
    console.log(`${i + 1}  ${line.trim()}\n     ${seen.map((text) => JSON.stringify(text)).join(' ') || '(nothing)'}`);
    await wb.page.keyboard.press('Enter');
    if (/^ +return|^from/.test(line)) await wb.page.keyboard.press('Enter');
  }
} finally {
  await browser.close();
  await server.stop();
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
