// Bundles the extension, and with --tests the extension-host tests, each into one file. Beside the extension stands
// ThirdPartyNotices.txt: the licence text of each package whose code is in the bundle, which those licences ask for.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], sourcemap: false, logLevel: 'warning', legalComments: 'none' };

/** Folders of the packages that a build took code from, by its list of inputs. */
function packages(inputs) {
  const found = new Set();
  for (const input of Object.keys(inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) found.add(match[1]);
  }
  return [...found].sort();
}

function notices(folders) {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (!file) throw new Error(`${name} is bundled but brings no licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
  });
  return `This extension contains code of the following packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const { metafile } = await build({
  ...common,
  metafile: true,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.cjs',
  minify: true,
  banner: { js: '"use strict";var dovetailLoadedAt=performance.now();' },
});
writeFileSync('dist/ThirdPartyNotices.txt', notices(packages(metafile.inputs)));
if (process.argv.includes('--tests')) {
  await build({ ...common, entryPoints: ['test/host/index.ts'], outfile: 'dist-tests/host.cjs', external: ['vscode', 'mocha'] });
}
