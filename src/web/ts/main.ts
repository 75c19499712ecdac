import { installCopyButtons } from "./copy_button";
import { installDialogs } from "./dialog";
import { each } from "./each";
import { installFilter } from "./filter";
import { installKeys } from "./keys";
import { installLive } from "./live";
import { installMenus } from "./menu";
import { installPalette } from "./palette";
import { installRunForms } from "./run";
import { installShowIf } from "./show_if";
import { installSidebar } from "./sidebar";
import { installSwaps } from "./swap";
import { installTheme } from "./theme";
import { installTime } from "./time";
import { installToasts } from "./toasts";

type Part = { define(): void };

/** Loads a part of the script when the first element that needs it comes into the page. */
function whenThere(selector: string, load: () => Promise<Part>): void {
  let loading: Promise<void> | undefined;
  each(selector, () => void (loading ??= load().then((part) => part.define())));
}

installSwaps();
installTheme();
installSidebar();
installTime();
installToasts();
installCopyButtons();
installDialogs();
installMenus();
installPalette();
installKeys();
installFilter();
installShowIf();
installRunForms();
installLive();

whenThere("pix-table", () => import("./table"));
whenThere("pix-log", () => import("./log_view"));
whenThere("pix-chart", () => import("./chart"));
whenThere("pix-tabs", () => import("./tabs"));
whenThere(
  "pix-slider, pix-tags, pix-grid, pix-file, pix-json, pix-combo, pix-autocomplete, pix-colour, pix-date-range",
  () => import("./fields"),
);
whenThere("pix-conversation", () => import("./workbench/conversation"));
each("[data-index-progress]", (place) => void import("./workbench/index_progress").then((part) => part.showIndexProgress(place)));
whenThere("pix-account", () => import("./workbench/account"));
whenThere("[data-workbench-home]", () => import("./workbench/home"));
each("[data-search-form]", (form) => void import("./workbench/find").then((part) => part.installSearchPage(form as HTMLFormElement)));
each("[data-area=workbench]", (area) => void import("./workbench/find").then((part) => part.installFindSources((area as HTMLAnchorElement).pathname.replace(/\/$/, ""))));
whenThere("pix-project", () => import("./workbench/project"));
each("[sse-connect]", (root) => void import("./stream").then(({ startStream }) => startStream(root)));

const worker = document.body.dataset.worker;
if (worker && "serviceWorker" in navigator && isSecureContext)
  void navigator.serviceWorker.register(worker, { scope: document.body.dataset.base || "/" }).catch(() => undefined);
