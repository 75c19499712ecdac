export type Match = { score: number; at: number[] };

const boundary = /[\s\-_/.:]/;

/**
 * Finds the letters of `query` in `name` in their order; undefined when one is missing. Letters that follow one another or start a word
 * score higher, gaps and long names lower.
 */
export function fuzzy(query: string, name: string): Match | undefined {
  const wanted = query.toLowerCase().replace(/\s+/g, "");
  const text = name.toLowerCase();
  if (!wanted) return { score: 0, at: [] };
  const whole = text.indexOf(query.toLowerCase().trim());
  if (whole >= 0) {
    const length = query.trim().length;
    const starts = whole === 0 || boundary.test(text[whole - 1]!);
    return { score: 100 + (starts ? 50 : 0) - whole - text.length / 10, at: Array.from({ length }, (_, index) => whole + index) };
  }
  const at: number[] = [];
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    const found = text.indexOf(letter, from);
    if (found < 0) return undefined;
    const starts = found === 0 || boundary.test(text[found - 1]!);
    score += starts ? 8 : found === from && at.length ? 5 : 1 - Math.min(found - from, 5) / 5;
    at.push(found);
    from = found + 1;
  }
  return { score: score - text.length / 50, at };
}
