import path from 'node:path';

/**
 * Which `dovetail` is started. The first that exists is taken:
 *
 * 1. `dovetail.server.path`, from the user's or the machine's settings (the setting has scope `machine`: a workspace cannot
 *    give it). A path that does not exist is an error, not a reason to look further.
 * 2. The workspace's Python environment, if `dovetail` is installed in it: the interpreter chosen in the Python extension,
 *    `python.defaultInterpreterPath`, then `.venv` and `venv` of each workspace folder. Never in an untrusted workspace,
 *    as this runs a program that came with the workspace.
 * 3. `dovetail` on `PATH`. Relative and empty entries of `PATH` are left out: they would mean the workspace.
 * 4. The environment that this extension manages in its own storage folder. It is made only after the user agreed.
 *
 * Nothing is run to find out: a `dovetail` program beside the interpreter says that it is installed there.
 */
export interface Places {
  readonly setting: string;
  readonly trusted: boolean;
  /** Interpreters or environment folders of the workspace, in order of preference; asked only if trusted. */
  readonly interpreters: () => Promise<readonly string[]>;
  readonly pathVariable: string;
  readonly managedEnvironment: string;
  readonly platform: NodeJS.Platform;
  /** True if the path names a file that may be run. */
  readonly runnable: (file: string) => Promise<boolean>;
  /** True if the managed environment was finished (a stamp says so), not abandoned halfway. */
  readonly managedReady: () => Promise<boolean>;
}

type Resolved =
  | { readonly kind: 'found'; readonly command: string; readonly by: 'setting' | 'workspace' | 'path' | 'managed' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong setting'; readonly command: string };

export async function resolve(places: Places): Promise<Resolved> {
  if (places.setting) {
    const command = places.setting;
    return (await places.runnable(command)) ? { kind: 'found', command, by: 'setting' } : { kind: 'wrong setting', command };
  }
  if (places.trusted) {
    for (const interpreter of await places.interpreters()) {
      for (const command of besideInterpreter(interpreter, places.platform)) {
        if (await places.runnable(command)) return { kind: 'found', command, by: 'workspace' };
      }
    }
  }
  for (const command of onPath(places.pathVariable, places.platform)) {
    if (await places.runnable(command)) return { kind: 'found', command, by: 'path' };
  }
  const [managed] = inEnvironment(places.managedEnvironment, places.platform);
  if (managed && (await places.managedReady()) && (await places.runnable(managed))) {
    return { kind: 'found', command: managed, by: 'managed' };
  }
  return { kind: 'missing' };
}

const style = (platform: NodeJS.Platform) => (platform === 'win32' ? path.win32 : path.posix);
const program = (platform: NodeJS.Platform) => (platform === 'win32' ? 'dovetail.exe' : 'dovetail');

/** Where `dovetail` is in the virtual environment at `folder`. */
function inEnvironment(folder: string, platform: NodeJS.Platform): string[] {
  return [style(platform).join(folder, platform === 'win32' ? 'Scripts' : 'bin', program(platform))];
}

/** Where `dovetail` would be for an interpreter, or for an environment given by its folder. */
export function besideInterpreter(interpreter: string, platform: NodeJS.Platform): string[] {
  const p = style(platform);
  const named = /^python[\d.]*(\.exe)?$/i.test(p.basename(interpreter));
  if (!named) return inEnvironment(interpreter, platform);
  const folder = p.dirname(interpreter);
  // A Python of Windows outside a virtual environment keeps its programs one folder below.
  return platform === 'win32' ? [p.join(folder, program(platform)), p.join(folder, 'Scripts', program(platform))] : [p.join(folder, program(platform))];
}

/** Where `dovetail` may be by the variable PATH. */
export function onPath(variable: string, platform: NodeJS.Platform): string[] {
  const p = style(platform);
  return variable
    .split(p.delimiter)
    .filter((folder) => folder && p.isAbsolute(folder))
    .map((folder) => p.join(folder, program(platform)));
}
