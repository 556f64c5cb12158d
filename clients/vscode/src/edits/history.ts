// The instructions given before, newest first, without repeats.

const LONGEST = 50;

export function remembered(history: readonly string[], instruction: string): string[] {
  const text = instruction.trim();
  return text ? [text, ...history.filter((old) => old !== text)].slice(0, LONGEST) : [...history];
}
