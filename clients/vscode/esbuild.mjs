// Bundles the extension, and with --tests the extension-host tests, each into one file.
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'], sourcemap: false, logLevel: 'warning', legalComments: 'none' };

await build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.cjs', minify: true, banner: { js: '"use strict";var dovetailLoadedAt=performance.now();' } });
if (process.argv.includes('--tests')) {
  await build({ ...common, entryPoints: ['test/host/index.ts'], outfile: 'dist-tests/host.cjs', external: ['vscode', 'mocha'] });
}
