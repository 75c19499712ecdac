import { AutocompleteElement, ComboElement } from "./field_choice";
import { FileElement } from "./field_file";
import { GridElement } from "./field_grid";
import { JsonElement } from "./field_json";
import { ColourElement, DateRangeElement } from "./field_pair";
import { SliderElement } from "./field_slider";
import { TagsElement } from "./field_tags";

const elements: Record<string, CustomElementConstructor> = {
  "pix-slider": SliderElement,
  "pix-tags": TagsElement,
  "pix-grid": GridElement,
  "pix-file": FileElement,
  "pix-json": JsonElement,
  "pix-combo": ComboElement,
  "pix-autocomplete": AutocompleteElement,
  "pix-colour": ColourElement,
  "pix-date-range": DateRangeElement,
};

export function define(): void {
  for (const [name, made] of Object.entries(elements)) if (!customElements.get(name)) customElements.define(name, made);
}
