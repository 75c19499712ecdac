import { element, icon } from "../element";
import { ApiError, messageOf, type Api } from "./api";
import { say } from "./say";

type Folder = { path: string; parent: string | null; entries: { name: string; type: string }[] };
type Credential = { id: number; credential_name?: string; credentialName?: string };
type CloneEvent = { type: string; message: string; project?: { name: string } };

/** The events of a stream as they come; `told` hears each. */
async function follow(answer: Response, told: (event: CloneEvent) => void): Promise<void> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
      if (data) told(JSON.parse(data) as CloneEvent);
    }
  }
}

/** A dialog in which a folder of the machine becomes a project, or a repository is cloned into one. */
export function addProject(api: Api, base: string): void {
  const path = element("input", { class: "input mono", id: "add-path", value: "~", autocomplete: "off", spellcheck: "false", required: true });
  const list = element("ul", { class: "rows folder-list", tabindex: "-1", "aria-label": say("folders") });
  const state = element("p", { class: "field-error", role: "alert" });
  const url = element("input", { class: "input mono", id: "clone-url", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "https://github.com/ada/orbit.git" });
  const token = element("select", { class: "select", id: "clone-token" }, element("option", { value: "" }, say("clone_no_token")));
  const tokenField = element("div", { class: "field", hidden: true }, element("label", { class: "field-label", for: "clone-token" }, say("clone_token")), token);
  const progress = element("pre", { class: "clone-progress mono small", role: "log", "aria-label": say("clone_progress"), hidden: true });
  const remote = element("div", { class: "stack", hidden: true }, element("div", { class: "field" }, element("label", { class: "field-label", for: "clone-url" }, say("clone_url")), element("div", { class: "field-control" }, url)), tokenField);
  const add = element("button", { class: "button button-primary", type: "submit" }, say("add_this"));
  const leave = element("button", { class: "button", type: "button" }, say("cancel"));
  const pathLabel = element("label", { class: "field-label", for: "add-path" }, say("folder"));
  let cloning = false;
  let running: AbortController | undefined;
  const stop = (): void => running?.abort();

  const mode = (value: string, label: string, chosen: boolean): HTMLLabelElement => {
    const input = element("input", { type: "radio", name: "add-mode", value, ...(chosen ? { checked: true } : {}) });
    input.addEventListener("change", () => {
      cloning = value === "clone";
      remote.hidden = !cloning;
      url.required = cloning;
      pathLabel.textContent = say(cloning ? "clone_into" : "folder");
      add.textContent = say(cloning ? "clone" : "add_this");
      state.textContent = "";
      if (cloning) url.focus();
    });
    return element("label", { class: "segment" }, input, element("span", {}, label));
  };
  const modes = element("fieldset", { class: "field" }, element("legend", { class: "visually-hidden" }, say("add_project")), element("div", { class: "segments" }, mode("folder", say("add_folder"), true), mode("clone", say("add_clone"), false)));
  const form = element("form", { class: "stack" }, element("h2", { class: "dialog-title" }, say("add_project")), modes, remote, element("div", { class: "field" }, pathLabel, element("div", { class: "field-control" }, path), state), list, progress, element("div", { class: "dialog-actions" }, leave, add));
  const box = element("dialog", { class: "dialog", "aria-label": say("add_project") }, form);

  const look = async (where: string): Promise<void> => {
    try {
      const folder = await api.get<Folder>("/browse-filesystem", { path: where });
      path.value = folder.path;
      state.textContent = "";
      const entry = (name: string, to: string): HTMLLIElement => {
        const button = element("button", { type: "button", class: "tree-row" }, icon("folder"), name);
        button.addEventListener("click", () => void look(to));
        return element("li", { class: "tree-item" }, button);
      };
      const inside = folder.entries.filter((one) => one.type === "directory").map((one) => entry(one.name, `${folder.path.replace(/\/$/, "")}/${one.name}`));
      list.replaceChildren(...(folder.parent ? [entry("..", folder.parent)] : []), ...inside);
    } catch (error) {
      state.textContent = messageOf(error);
    }
  };
  const open = (name: string): void => location.assign(`${base}/projects/${encodeURIComponent(name)}`);

  const clone = async (): Promise<void> => {
    running = new AbortController();
    progress.textContent = "";
    progress.hidden = false;
    list.hidden = true;
    const answer = await fetch(api.url("/projects/clone-progress", { path: path.value, githubUrl: url.value.trim(), githubTokenId: token.value || undefined }), { signal: running.signal });
    if (!answer.ok || !answer.body) {
      const refused = (await answer.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
      throw new ApiError(answer.status, refused.error?.code ?? "", refused.error?.message ?? say("failed", { status: answer.status }));
    }
    let made: string | undefined;
    await follow(answer, (event) => {
      if (event.type === "error") throw new Error(event.message);
      if (event.type === "complete") made = event.project?.name ?? "";
      // Git counts in one line over and over.
      const lines = (progress.textContent ?? "").split("\n").filter(Boolean);
      const subject = /^[^:]+:/.exec(event.message)?.[0];
      if (subject && lines.at(-1)?.startsWith(subject)) lines.pop();
      progress.textContent = [...lines, event.message].slice(-200).join("\n");
      progress.scrollTop = progress.scrollHeight;
    });
    if (made === undefined) throw new Error(say("clone_ended"));
    if (made) open(made);
    else location.reload();
  };

  path.addEventListener("change", () => void (cloning ? undefined : look(path.value)));
  leave.addEventListener("click", () => box.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    state.textContent = "";
    add.setAttribute("aria-busy", "true");
    try {
      if (cloning) await clone();
      else open((await api.send<{ name: string }>("POST", "/projects/quick-start", { path: path.value })).name);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) state.textContent = messageOf(error);
      stop();
      progress.hidden = true;
      list.hidden = false;
    }
    running = undefined;
    add.removeAttribute("aria-busy");
  });
  box.addEventListener("close", () => {
    stop();
    box.remove();
  });
  document.body.append(box);
  box.showModal();
  void look("~");
  void api.get<Credential[] | { credentials: Credential[] }>("/settings/credentials", { type: "github_token" }).then((answer) => {
    const stored = Array.isArray(answer) ? answer : answer.credentials;
    for (const one of stored) token.append(element("option", { value: String(one.id) }, one.credential_name ?? one.credentialName ?? String(one.id)));
    tokenField.hidden = stored.length === 0;
  }, () => undefined);
}
