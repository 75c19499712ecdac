import { element, icon } from "../element";
import { toast } from "../toasts";
import { Api, messageOf } from "./api";
import { say } from "./say";

type Folder = { path: string; parent: string | null; entries: { name: string; type: string }[] };

/** A dialog in which a folder of the machine is chosen and becomes a project. */
function addProject(api: Api, base: string): void {
  const path = element("input", { class: "input mono", id: "add-path", value: "~", autocomplete: "off", spellcheck: "false" });
  const list = element("ul", { class: "rows folder-list", tabindex: "-1", "aria-label": say("folders") });
  const state = element("p", { class: "field-error", role: "alert" });
  const add = element("button", { class: "button button-primary", type: "submit" }, say("add_this"));
  const leave = element("button", { class: "button", type: "button" }, say("cancel"));
  const form = element("form", { class: "stack" }, element("h2", { class: "dialog-title" }, say("add_project")), element("div", { class: "field" }, element("label", { class: "field-label", for: "add-path" }, say("folder")), element("div", { class: "field-control" }, path), state), list, element("div", { class: "dialog-actions" }, leave, add));
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
  path.addEventListener("change", () => void look(path.value));
  leave.addEventListener("click", () => box.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    add.setAttribute("aria-busy", "true");
    try {
      const project = await api.send<{ name: string }>("POST", "/projects/quick-start", { path: path.value });
      location.assign(`${base}/projects/${encodeURIComponent(project.name)}`);
    } catch (error) {
      state.textContent = messageOf(error);
    }
    add.removeAttribute("aria-busy");
  });
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  void look("~");
}

export function define(): void {
  document.addEventListener("click", async (event) => {
    const target = event.target as Element;
    const adder = target.closest<HTMLElement>("[data-add-project]");
    if (adder) return addProject(new Api(adder.dataset["api"] ?? "/api"), (adder.dataset["api"] ?? "/api").replace(/\/api$/, ""));
    const star = target.closest<HTMLElement>("[data-star]");
    if (!star) return;
    const list = star.closest<HTMLElement>("[data-api]");
    const name = star.closest<HTMLElement>("[data-project]")?.dataset["project"] ?? "";
    const starred = star.getAttribute("aria-pressed") !== "true";
    star.setAttribute("aria-pressed", String(starred));
    try {
      await new Api(list?.dataset["api"] ?? "/api").send("POST", `/projects/${encodeURIComponent(name)}/star`, { starred, isStarred: starred });
    } catch (error) {
      star.setAttribute("aria-pressed", String(!starred));
      toast({ text: messageOf(error), kind: "error" });
    }
  });
}
