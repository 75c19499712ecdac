import { addProject } from "./add_project";
import { Api } from "./api";
import { projectMenu, showArchived, toggleStar } from "./project_actions";

/** The buttons of the list of projects. */
export function define(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-add-project], [data-archived-projects], [data-star], [data-project-more]");
    if (!button) return;
    const base = (button.closest<HTMLElement>("[data-api]")?.dataset["api"] ?? "/api").replace(/\/api$/, "");
    const api = new Api(`${base}/api`);
    const row = button.closest<HTMLElement>("[data-project]");
    const name = row?.dataset["project"] ?? "";
    if (button.matches("[data-add-project]")) addProject(api, base);
    else if (button.matches("[data-archived-projects]")) void showArchived(api);
    else if (button.matches("[data-star]")) void toggleStar(api, name, button);
    else
      projectMenu(api, { name, display: row?.querySelector(".row-title")?.textContent ?? name, path: row?.dataset["path"] ?? "" }, ({ renamed, gone }) => {
        if (gone) row?.remove();
        else if (renamed) row!.querySelector(".row-title")!.textContent = renamed;
      });
  });
}
