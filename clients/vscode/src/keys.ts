import type * as vscode from 'vscode';

const SECRET = 'dovetail.keys';

/** The API keys, by the name of the environment variable in which the server looks for each. Kept by VS Code's SecretStorage. */
export class Keys {
  private readonly secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.secrets = secrets;
  }

  static concerns(event: vscode.SecretStorageChangeEvent): boolean {
    return event.key === SECRET;
  }

  /** The variables to add to the server's environment. */
  async environment(): Promise<Record<string, string>> {
    const stored = await this.secrets.get(SECRET);
    if (!stored) return {};
    try {
      return JSON.parse(stored) as Record<string, string>;
    } catch {
      return {};
    }
  }

  async set(name: string, value: string): Promise<void> {
    await this.secrets.store(SECRET, JSON.stringify({ ...(await this.environment()), [name]: value }));
  }

  async forget(name: string): Promise<void> {
    const { [name]: _gone, ...rest } = await this.environment();
    await this.secrets.store(SECRET, JSON.stringify(rest));
  }
}

/** Why a name cannot be that of a key's variable; `undefined` if it can. A key must not replace a variable that programs obey. */
export function nameTrouble(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'Letters, digits and underscores only, as OPENAI_API_KEY.';
  if (!/(KEY|TOKEN|SECRET|PASSWORD)$/i.test(name)) return 'The name must end in KEY, TOKEN, SECRET or PASSWORD.';
  return undefined;
}
