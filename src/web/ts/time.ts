import { each } from "./each";
import { text } from "./texts";

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60]];
const times = new Set<WeakRef<HTMLTimeElement>>();

/** "3 min. ago" near now, a date from a week on. */
export function relativeTime(then: Date, now = Date.now()): string {
  const seconds = (then.getTime() - now) / 1000;
  if (Math.abs(seconds) > 7 * 86400) return day.format(then);
  for (const [unit, length] of steps)
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  return text("just_now");
}

/** "4.2 s", "3 min 20 s", "1 h 5 min". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function show(time: HTMLTimeElement): void {
  const then = new Date(time.dateTime);
  if (Number.isNaN(then.getTime())) return;
  const format = time.dataset.format;
  const wanted = format === "exact" ? exact.format(then) : format === "time" ? clock.format(then) : relativeTime(then);
  if (time.textContent !== wanted) time.textContent = wanted;
  time.title = exact.format(then);
}

export function installTime(): void {
  each("time[datetime]", (time) => {
    show(time as HTMLTimeElement);
    times.add(new WeakRef(time as HTMLTimeElement));
  });
  setInterval(() => {
    if (document.hidden) return;
    for (const reference of times) {
      const time = reference.deref();
      if (time?.isConnected) show(time);
      else times.delete(reference);
    }
  }, 30_000);
}
