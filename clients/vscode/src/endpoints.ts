// Which endpoints the server is told of. Nothing here depends on VS Code.

/** A value of `dovetail.useEndpoint`: no endpoint at all. No host and no sensible name looks like this. */
export const EMBEDDED_ONLY = '(embedded)';

export interface Endpoint {
  readonly url?: string;
  readonly name?: string;
}

/** How an endpoint is called: its name, else its host, as the server calls it. */
export function endpointName({ name, url }: Endpoint): string {
  if (name) return name;
  try {
    return new URL(url ?? '').host;
  } catch {
    return url ?? '';
  }
}

/** The settings with only the endpoint that the user chose; all of them if none was chosen or it is not there any more. */
export function chosenEndpoints(settings: Record<string, unknown>, choice: string): Record<string, unknown> {
  if (choice === EMBEDDED_ONLY) return { ...settings, endpoints: [] };
  const all = settings['endpoints'];
  if (!choice || !Array.isArray(all)) return settings;
  const chosen = (all as Endpoint[]).filter((endpoint) => endpointName(endpoint) === choice);
  return chosen.length > 0 ? { ...settings, endpoints: chosen } : settings;
}

/** Settings for a workspace that is not trusted: nothing is asked but the built-in model. */
export function restricted(settings: Record<string, unknown>): Record<string, unknown> {
  return { ...settings, endpoints: [], chat: { url: '' } };
}
