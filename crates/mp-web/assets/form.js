// A button that sends a form only to see it again (add a row, search, sum up) changes that part of the page alone. Without
// this script the same button does the same by loading the page.
"use strict";

// The part of the answer to `form`, sent with `button`, that has the id `part`.
async function answered(form, button, part) {
  const fields = new FormData(form);
  fields.append(button.name, button.value);
  const body = new URLSearchParams([...fields].filter(([, value]) => typeof value === "string"));
  const response = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.getElementById(part);
}

async function refresh(form, button, focus) {
  const part = button.dataset.refresh;
  const fresh = await answered(form, button, part).catch(() => null);
  const stale = document.getElementById(part);
  if (!fresh || !stale) return false;
  const first = fresh.querySelector("[autofocus]") ?? fresh.querySelector("input, button");
  // Browsers look for it when a page is loaded, and complain of one that comes later.
  first?.removeAttribute("autofocus");
  stale.replaceWith(fresh);
  if (focus) first?.focus();
  document.dispatchEvent(new CustomEvent("refreshed", { detail: fresh }));
  return true;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-refresh]");
  if (!button || button.dataset.plain) return;
  event.preventDefault();
  if (await refresh(button.form, button, true)) return;
  button.dataset.plain = "yes";
  button.click();
});

// Forms with a summary keep it up to date.
for (const form of document.querySelectorAll("form[data-live]")) {
  const button = document.getElementById(form.dataset.live);
  let due;
  form.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(() => refresh(form, button, false), 200);
  });
  button.hidden = true;
}

// A choice that needs details shows them only while it is made.
function reveal() {
  for (const details of document.querySelectorAll("[data-shown-by]")) {
    details.hidden = !document.getElementById(details.dataset.shownBy).checked;
  }
}
document.addEventListener("change", reveal);
document.addEventListener("refreshed", reveal);
reveal();
