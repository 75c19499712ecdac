import { confirmInPage } from "../dialog";
import { element, icon, iconButton } from "../element";
import { toast } from "../toasts";
import { Api, ApiError, messageOf } from "./api";
import { say } from "./say";

type User = { username: string; email?: string | null; created_at?: string; last_login?: string | null };
type Key = { id: number; key_name: string; api_key: string; created_at: string; last_used: string | null; is_active: boolean };
type Preferences = { channels: Record<string, boolean>; events: Record<string, boolean> };
type Credential = { id: number; credential_name?: string; credentialName?: string; is_active?: boolean; created_at?: string; description?: string | null };
type Login = { id: string; createdAt: string; address: string; userAgent: string; isCurrent: boolean };

function field(id: string, label: string, attributes: Record<string, string | boolean | undefined>): HTMLElement {
  return element("div", { class: "field" }, element("label", { class: "field-label", for: id }, label), element("div", { class: "field-control" }, element("input", { class: "input", id, name: id, ...attributes })));
}

function valueOf(form: HTMLElement, id: string): string {
  return form.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
}

/** "Firefox on Linux" out of a browser's long name. */
function browserName(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? "";
  const system = /(Android|iPhone|iPad|Mac OS X|Windows|Linux)/.exec(agent)?.[1] ?? "";
  return [browser.replace("Edg", "Edge").replace("OPR", "Opera"), system.replace("Mac OS X", "macOS")].filter(Boolean).join(", ") || agent.slice(0, 60) || say("unknown_browser");
}

/** `<pix-account>`: who somebody is, their keys, logins, notifications, git identity and tokens. */
class AccountElement extends HTMLElement {
  private api!: Api;

  connectedCallback(): void {
    if (this.api) return;
    this.api = new Api(this.dataset["api"] ?? "/api");
    const parts: [string, () => Promise<void>][] = [["profile", () => this.profile()], ["keys", () => this.keys()], ["notifications", () => this.notifications()], ["look", () => this.language()], ["git", () => this.git()], ["tokens", () => this.tokens()]];
    for (const [name, draw] of parts)
      void draw().catch((error: unknown) => {
        const absent = error instanceof ApiError && (error.code === "ROUTE_NOT_FOUND" || error.status === 404);
        if (name === "look") return;
        if (absent) this.body(name).closest<HTMLElement>(".card")!.hidden = true;
        else this.body(name).replaceChildren(element("p", { class: "empty-line", role: "alert" }, messageOf(error)));
      });
  }

  private body(name: string): HTMLElement {
    return this.querySelector<HTMLElement>(`[data-part="${name}"]`)!;
  }

  private form(parts: HTMLElement[], action: string, act: (form: HTMLFormElement) => Promise<void>): HTMLFormElement {
    const button = element("button", { class: "button" }, action);
    const form = element("form", { class: "inline-form" }, ...parts, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.setAttribute("aria-busy", "true");
      await act(form).catch((error: unknown) => toast({ text: messageOf(error), kind: "error" }));
      button.removeAttribute("aria-busy");
    });
    return form;
  }

  private async profile(): Promise<void> {
    const { user } = await this.api.get<{ user: User }>("/auth/user");
    const everywhere = element("button", { type: "button", class: "button button-danger" }, say("sign_out_everywhere"));
    everywhere.addEventListener("click", async () => {
      if (!(await confirmInPage(say("sign_out_question")))) return;
      await this.api.send("POST", "/auth/logout-all").catch((error: unknown) => toast({ text: messageOf(error), kind: "error" }));
      location.reload();
    });
    const facts = element("dl", { class: "kv kv-plain" }, element("div", {}, element("dt", {}, say("user_name")), element("dd", {}, user.username)));
    if (user.created_at) facts.append(element("div", {}, element("dt", {}, say("since")), element("dd", {}, element("time", { datetime: user.created_at, "data-format": "exact" }, user.created_at))));
    const password = this.form([field("current", say("current_password"), { type: "password", autocomplete: "current-password", required: true }), field("next", say("new_password"), { type: "password", autocomplete: "new-password", required: true, minlength: "6" })], say("change_password"), async (form) => {
      await this.api.send("POST", "/user/password", { currentPassword: valueOf(form, "current"), newPassword: valueOf(form, "next") });
      form.reset();
      toast({ text: say("password_changed"), kind: "success" });
    });
    this.body("profile").replaceChildren(facts, password);
    const logins = await this.api.get<Login[]>("/auth/logins").catch(() => []);
    if (logins.length) {
      const list = element("ul", { class: "rows", "aria-label": say("signed_in_at") });
      for (const one of logins.slice(0, 20)) list.append(element("li", { class: "row" }, icon("monitor"), element("span", { class: "row-main" }, element("span", {}, browserName(one.userAgent)), element("span", { class: "row-note mono" }, one.address)), one.isCurrent ? element("span", { class: "badge", "data-state": "good" }, say("this_browser")) : element("time", { class: "row-meta", datetime: one.createdAt }, one.createdAt.slice(0, 10))));
      this.body("profile").append(list);
    }
    this.body("profile").append(element("div", { class: "form-actions" }, everywhere));
  }

  private async keys(made?: Key): Promise<void> {
    const keys = await this.api.get<Key[]>("/settings/api-keys");
    const box = this.body("keys");
    const list = element("ul", { class: "rows" });
    for (const key of keys) list.append(this.keyRow(key));
    const form = this.form([field("key-name", say("key_name"), { required: true, maxlength: "100", placeholder: say("key_hint"), autocomplete: "off" })], say("make_key"), async (own) => {
      const key = await this.api.send<Key>("POST", "/settings/api-keys", { name: valueOf(own, "key-name") });
      await this.keys(key);
    });
    box.replaceChildren(element("p", { class: "muted" }, say("keys_text")), ...(keys.length ? [list] : []), form);
    if (!made) return;
    const copy = iconButton("copy", say("copy_key"));
    copy.dataset["copy"] = made.api_key;
    box.prepend(element("div", { class: "secret", role: "status" }, element("div", {}, element("p", {}, say("key_once")), element("code", {}, made.api_key)), copy));
  }

  private keyRow(key: Key): HTMLLIElement {
    const used = key.last_used ? element("time", { class: "row-meta", datetime: key.last_used }, key.last_used.slice(0, 10)) : element("span", { class: "row-meta" }, say("never_used"));
    const toggle = element("input", { type: "checkbox", role: "switch", checked: key.is_active, "aria-label": `${say("active")}: ${key.key_name}` });
    toggle.addEventListener("change", () => void this.api.send("PATCH", `/settings/api-keys/${key.id}/toggle`, { is_active: toggle.checked }).catch((error: unknown) => toast({ text: messageOf(error), kind: "error" })));
    const remove = iconButton("trash-2", `${say("delete")}: ${key.key_name}`);
    remove.addEventListener("click", async () => {
      if (!(await confirmInPage(say("delete_key_question", { name: key.key_name })))) return;
      await this.api.send("DELETE", `/settings/api-keys/${key.id}`).catch((error: unknown) => toast({ text: messageOf(error), kind: "error" }));
      await this.keys();
    });
    return element("li", { class: "row" }, element("span", { class: "row-main" }, element("span", { class: "row-title" }, key.key_name), element("span", { class: "row-note mono" }, key.api_key)), used, element("label", { class: "switch" }, toggle, element("span", { class: "switch-track" })), remove);
  }

  private async notifications(): Promise<void> {
    const { preferences } = await this.api.get<{ preferences: Preferences }>("/settings/notification-preferences");
    const state = element("span", { class: "small muted", role: "status" });
    const line = (group: "channels" | "events", key: string): HTMLElement => {
      const input = element("input", { type: "checkbox", role: "switch", checked: preferences[group][key] ?? false });
      input.addEventListener("change", async () => {
        preferences[group][key] = input.checked;
        try {
          await this.api.send("PUT", "/settings/notification-preferences", { preferences });
          state.textContent = say("saved");
        } catch (error) {
          input.checked = !input.checked;
          toast({ text: messageOf(error), kind: "error" });
        }
      });
      return element("label", { class: "switch" }, input, element("span", { class: "switch-track" }), say(`notify_${key}`));
    };
    const group = (title: string, name: "channels" | "events", keys: string[]): HTMLElement => element("fieldset", { class: "field" }, element("legend", { class: "field-label" }, title), element("div", { class: "checks" }, ...keys.map((key) => line(name, key))));
    this.body("notifications").replaceChildren(group(say("notify_when"), "events", ["actionRequired", "stop", "error"]), group(say("notify_how"), "channels", ["inApp", "webPush"]), state);
  }

  private async language(): Promise<void> {
    const { language, languages } = await this.api.get<{ language: string; languages: string[] }>("/settings/language");
    const offered = (this.dataset["languages"] ?? "en").split(" ");
    const shown = document.documentElement.lang || language;
    const select = element("select", { class: "select", id: "language" });
    for (const code of languages.filter((one) => offered.includes(one)))
      select.append(element("option", { value: code, selected: code === shown }, new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code));
    select.addEventListener("change", async () => {
      try {
        await this.api.send("PUT", "/settings/language", { language: select.value });
        const base = (this.dataset["api"] ?? "/api").replace(/\/api$/, "") || "/";
        document.cookie = `pix_language=${select.value}; Path=${base}; Max-Age=31536000; SameSite=Lax`;
        location.reload();
      } catch (error) {
        toast({ text: messageOf(error), kind: "error" });
      }
    });
    this.querySelector("#language")?.closest(".field")?.remove();
    this.body("look").append(element("div", { class: "field" }, element("label", { class: "field-label", for: "language" }, say("language")), element("div", { class: "field-control" }, select)));
  }

  private async git(): Promise<void> {
    const { gitName = "", gitEmail = "" } = await this.api.get<{ gitName?: string; gitEmail?: string }>("/user/git-config");
    const form = this.form([field("git-name", say("git_name"), { value: gitName, autocomplete: "name", required: true }), field("git-email", say("git_email"), { value: gitEmail, type: "email", autocomplete: "email", required: true })], say("save"), async (own) => {
      await this.api.send("POST", "/user/git-config", { gitName: valueOf(own, "git-name"), gitEmail: valueOf(own, "git-email") });
      toast({ text: say("saved"), kind: "success" });
    });
    this.body("git").replaceChildren(element("p", { class: "muted" }, say("git_text")), form);
  }

  private async tokens(): Promise<void> {
    const answer = await this.api.get<Credential[] | { credentials: Credential[] }>("/settings/credentials", { type: "github_token" });
    const list = element("ul", { class: "rows" });
    for (const one of Array.isArray(answer) ? answer : answer.credentials) {
      const name = one.credential_name ?? one.credentialName ?? "";
      const remove = iconButton("trash-2", `${say("delete")}: ${name}`);
      remove.addEventListener("click", async () => {
        if (!(await confirmInPage(say("delete_token_question", { name })))) return;
        await this.api.send("DELETE", `/settings/credentials/${one.id}`).catch((error: unknown) => toast({ text: messageOf(error), kind: "error" }));
        await this.tokens();
      });
      list.append(element("li", { class: "row" }, icon("key-round"), element("span", { class: "row-main" }, element("span", { class: "row-title" }, name), element("span", { class: "row-note" }, one.description ?? "")), remove));
    }
    const form = this.form([field("token-name", say("token_name"), { required: true, autocomplete: "off" }), field("token-value", say("token_value"), { type: "password", required: true, autocomplete: "off" })], say("keep_token"), async (own) => {
      await this.api.send("POST", "/settings/credentials", { credentialName: valueOf(own, "token-name"), credentialType: "github_token", credentialValue: valueOf(own, "token-value"), description: "" });
      await this.tokens();
    });
    this.body("tokens").replaceChildren(element("p", { class: "muted" }, say("tokens_text")), ...(list.children.length ? [list] : []), form);
  }
}

export function define(): void {
  if (!customElements.get("pix-account")) customElements.define("pix-account", AccountElement);
}
