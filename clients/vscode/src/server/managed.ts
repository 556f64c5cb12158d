// The virtual environment that this extension keeps for itself, if the user lets it. Nothing here depends on VS Code.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Written last into the environment: without it the environment is half made and is not used. */
export const STAMP = '.dovetail-ready';

interface Recipe {
  /** Commands that may start a Python, in order of preference. */
  readonly pythons: readonly (readonly string[])[];
  readonly folder: string;
  /** What pip installs: a requirement, a wheel file, a folder. */
  readonly requirement: string;
  readonly platform: NodeJS.Platform;
}

export class Cancelled extends Error {
  constructor() {
    super('cancelled');
  }
}

export function pythonsToTry(setting: string, platform: NodeJS.Platform): string[][] {
  if (setting) return [[setting]];
  return platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']];
}

/**
 * Makes the environment anew. `step` gets a line about what happens now; `signal` ends the work, and what was made is
 * removed. Throws `Cancelled`, or an Error that says what failed and what to do.
 */
export async function makeEnvironment(recipe: Recipe, step: (line: string) => void, signal: AbortSignal): Promise<void> {
  const python = await usablePython(recipe, signal);
  const bin = path.join(recipe.folder, recipe.platform === 'win32' ? 'Scripts' : 'bin');
  try {
    await rm(recipe.folder, { recursive: true, force: true });
    await mkdir(path.dirname(recipe.folder), { recursive: true });
    step('Making a virtual environment');
    await run([...python, '-m', 'venv', recipe.folder], () => {}, signal);
    step(`Installing ${path.basename(recipe.requirement)}`);
    const pip = [path.join(bin, recipe.platform === 'win32' ? 'python.exe' : 'python'), '-m', 'pip', 'install'];
    await run([...pip, '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--', recipe.requirement], pipSteps(step), signal);
    await writeFile(path.join(recipe.folder, STAMP), `${recipe.requirement}\n`, 'utf8');
  } catch (error) {
    await rm(recipe.folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

async function usablePython(recipe: Recipe, signal: AbortSignal): Promise<readonly string[]> {
  const tried: string[] = [];
  for (const python of recipe.pythons) {
    try {
      const out = await run([...python, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], () => {}, signal);
      const [major = 0, minor = 0] = out.trim().split('.').map(Number);
      if (major > 3 || (major === 3 && minor >= 11)) return python;
      tried.push(`${python.join(' ')} is Python ${out.trim()}`);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      tried.push(`${python.join(' ')} does not run`);
    }
  }
  throw new Error(`No Python 3.11 or later was found (${tried.join('; ')}). Install one, or name it in the setting dovetail.server.python.`);
}

function pipSteps(step: (line: string) => void): (line: string) => void {
  return (line) => {
    const match = /^(Collecting|Downloading|Building wheel for|Installing collected packages)[: ]+(\S+)/.exec(line.trim());
    if (match) step(match[1] === 'Installing collected packages' ? 'Installing the packages' : `${match[1]} ${path.basename(match[2] ?? '')}`);
  };
}

/** Runs a program without a shell; resolves with its output, rejects with the end of what it said. */
function run(command: readonly string[], line: (text: string) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Cancelled());
    const [program = '', ...args] = command;
    // In a group of its own where there are groups, so that cancelling ends pip's children also.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32', windowsHide: true, env: cleanEnvironment() });
    let out = '';
    let rest = '';
    const said: string[] = [];
    const take = (chunk: string) => {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const text of lines) {
        said.push(text);
        if (said.length > 20) said.shift();
        line(text);
      }
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      take(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    const stop = () => end(child);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => reject(error));
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(new Cancelled());
      else if (code === 0) resolve(out);
      else reject(new Error(`${path.basename(program)} ended with code ${code}:\n${[...said, rest].join('\n').trim()}`));
    });
  });
}

function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' });
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** The environment for Python: an activated or embedded Python elsewhere must not leak into this one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PYTHONHOME: _home, PYTHONPATH: _path, VIRTUAL_ENV: _venv, ...rest } = process.env;
  return { ...rest, PYTHONUTF8: '1' };
}
