// Turns the list of rights into a search field with a list of suggestions (ARIA APG, combobox with list autocomplete).
// Without this script every right is a box to tick.
"use strict";

for (const field of document.querySelectorAll("[data-rights]")) {
  const input = field.querySelector("input[type=search]");
  const items = [...field.querySelectorAll("[data-right]")];
  const boxOf = (item) => item.querySelector("input");
  const suggestions = document.createElement("ul");
  suggestions.id = "rights-suggestions";
  suggestions.className = "suggestions";
  suggestions.setAttribute("role", "listbox");
  suggestions.setAttribute("aria-label", field.querySelector("legend").textContent);
  suggestions.hidden = true;
  let active = -1;

  field.querySelector("button").hidden = true;
  field.querySelector("[data-found]").hidden = true;
  for (const [name, value] of Object.entries({
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": suggestions.id,
  })) input.setAttribute(name, value);
  input.parentElement.append(suggestions);

  const options = () => [...suggestions.children];

  function showChosen() {
    for (const item of items) item.hidden = !boxOf(item).checked;
  }

  function close() {
    suggestions.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function choose(item) {
    const box = boxOf(item);
    box.checked = true;
    input.value = "";
    showChosen();
    close();
    box.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  }

  function option(item, place) {
    const option = document.createElement("li");
    option.id = `rights-suggestion-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.append(item.querySelector("[data-title]").textContent, " ");
    const code = document.createElement("code");
    code.textContent = boxOf(item).value;
    option.append(code);
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => choose(item));
    option.item = item;
    return option;
  }

  function suggest() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (item) =>
      !boxOf(item).checked && words.every((word) => item.dataset.right.toLowerCase().includes(word));
    suggestions.replaceChildren(...items.filter(fits).map(option));
    close();
    if (!suggestions.children.length) return;
    suggestions.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function activate(place) {
    const all = options();
    if (!all.length) return;
    active = (place + all.length) % all.length;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    all[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[active].id);
  }

  input.addEventListener("input", suggest);
  input.addEventListener("focus", suggest);
  input.addEventListener("click", suggest);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const isOpen = !suggestions.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) suggest();
      const step = event.key === "ArrowDown" ? 1 : -1;
      activate(active < 0 && step < 0 ? -1 : active + step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const all = options();
      if (isOpen && (active >= 0 || (all.length === 1 && input.value))) choose(all[Math.max(active, 0)].item);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    }
  });
  field.addEventListener("change", (event) => {
    if (!event.target.matches("[type=checkbox]")) return;
    showChosen();
    if (!event.target.checked) input.focus();
  });
  showChosen();
}
