/** `said`: the level stands in the text itself. */
export type Line = { text: string; level: string; time: string; said: boolean };

const levels = ["trace", "debug", "info", "warning", "error", "fatal"];
const names: Record<string, string> = { warn: "warning", err: "error", critical: "fatal", notice: "info", panic: "fatal" };
const inText = /^[^\w]{0,3}(?:\d[\d:.,TZ/+\- ]{5,30}\W+)?\W{0,3}(trace|debug|info|notice|warn|warning|err|error|critical|fatal|panic)\b/i;

function levelOf(name: string): string {
  const lower = name.toLowerCase();
  return names[lower] ?? (levels.includes(lower) ? lower : "");
}

/** A line of a tool: a string, whose level is guessed from how it begins, or `{level, message, t}`. */
export function readLine(value: unknown): Line {
  if (typeof value === "object" && value !== null) {
    const { level, message, t } = value as { level?: unknown; message?: unknown; t?: unknown };
    const when = typeof t === "number" ? new Date(t * 1000) : typeof t === "string" ? new Date(t) : undefined;
    const time = when && !Number.isNaN(when.getTime()) ? when.toLocaleTimeString() : "";
    return { text: String(message ?? ""), level: levelOf(String(level ?? "")), time, said: false };
  }
  const text = String(value ?? "");
  return { text, level: levelOf(inText.exec(text)?.[1] ?? ""), time: "", said: true };
}

/** Lines, and which of them are shown: those of a level that hold what is searched. */
export class LogLines {
  readonly lines: Line[] = [];
  /** Places of the lines shown; undefined while all are. */
  shown: number[] | undefined;
  longest = 0;
  private level = "";
  private wanted = "";

  add(values: unknown[]): void {
    for (const value of values) {
      const line = readLine(value);
      if (line.text.length > this.longest) this.longest = line.text.length;
      this.lines.push(line);
      if (this.shown && this.matches(line)) this.shown.push(this.lines.length - 1);
    }
  }

  clear(): void {
    this.lines.length = 0;
    this.longest = 0;
    if (this.shown) this.shown = [];
  }

  filter(level: string, wanted: string): void {
    this.level = level;
    this.wanted = wanted.toLowerCase();
    if (!level && !wanted) {
      this.shown = undefined;
      return;
    }
    this.shown = [];
    this.lines.forEach((line, place) => this.matches(line) && this.shown!.push(place));
  }

  get count(): number {
    return this.shown?.length ?? this.lines.length;
  }

  at(row: number): { line: Line; place: number } {
    const place = this.shown ? this.shown[row]! : row;
    return { line: this.lines[place]!, place };
  }

  private matches(line: Line): boolean {
    const severe = !this.level || levels.indexOf(line.level) >= levels.indexOf(this.level);
    return severe && (!this.wanted || line.text.toLowerCase().includes(this.wanted));
  }
}
