/** What this browser keeps; a browser that forbids it simply forgets. */
export const storage = {
  get<T>(key: string, otherwise: T): T {
    try {
      const kept = localStorage.getItem(`pix.${key}`);
      return kept === null ? otherwise : (JSON.parse(kept) as T);
    } catch {
      return otherwise;
    }
  },
  set(key: string, value: unknown): void {
    try {
      localStorage.setItem(`pix.${key}`, JSON.stringify(value));
    } catch {
      return;
    }
  },
};
