import type { LiveEvent } from "../live";
import { Api } from "./api";
import { bytes, say } from "./say";

type Progress = { isWhole?: boolean; sessions?: number; sessionsDone?: number; bytes?: number; bytesDone?: number };

/** Says how far the search index is while it is being built; searches answer all the same. */
export function showIndexProgress(place: HTMLElement): void {
  const show = (progress: Progress): void => {
    const whole = progress.isWhole !== false || !progress.bytes;
    place.hidden = whole;
    if (!whole) place.textContent = say("indexing", { done: bytes(progress.bytesDone ?? 0), all: bytes(progress.bytes ?? 0) });
  };
  void new Api(place.dataset["api"] ?? "/api").get<Progress>("/search/progress").then(show, () => undefined);
  place.addEventListener("pix:live", (event) => {
    event.preventDefault();
    const { kind, data } = (event as LiveEvent).detail;
    if (kind === "index_progress") show(data as Progress);
  });
}
