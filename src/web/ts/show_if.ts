import { each } from "./each";

/** The value of an input as JSON would have it: a number for number inputs, a boolean for one checkbox. */
function valueOf(form: HTMLFormElement, key: string): unknown {
  const control = form.elements.namedItem(key);
  if (control instanceof RadioNodeList) {
    const first = control[0];
    if (first instanceof HTMLInputElement && first.type === "checkbox")
      return [...control].filter((one) => (one as HTMLInputElement).checked).map((one) => (one as HTMLInputElement).value);
    return control.value;
  }
  if (control instanceof HTMLInputElement) {
    if (control.type === "checkbox") return control.checked;
    if (control.type === "number" || control.type === "range") return control.value === "" ? null : Number(control.value);
  }
  return (control as HTMLInputElement | HTMLSelectElement | null)?.value ?? null;
}

function equal(value: unknown, wanted: unknown): boolean {
  if (typeof value === "string" && typeof wanted !== "string" && typeof wanted !== "object") return value === String(wanted);
  return JSON.stringify(value) === JSON.stringify(wanted);
}

/** Hides the fields whose condition does not hold. A hidden field is not checked by the browser, and is still posted. */
function apply(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<HTMLElement>("[data-show-if]")) {
    const { key, equals } = JSON.parse(field.dataset.showIf!) as { key: string; equals: unknown };
    field.hidden = !equal(valueOf(form, key), equals);
    for (const control of field.querySelectorAll<HTMLInputElement>("[required], [data-required]")) {
      control.toggleAttribute("data-required", true);
      control.required = !field.hidden;
    }
  }
}

export function installShowIf(): void {
  each("form:has([data-show-if])", (element) => {
    const form = element as HTMLFormElement;
    form.addEventListener("input", () => apply(form));
    form.addEventListener("change", () => apply(form));
    apply(form);
  });
}
