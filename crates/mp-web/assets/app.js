// Comfort for pages that work without it: copying, moments in the person's own zone, the error summary.
"use strict";

// A polite line for screen readers.
const announcer = document.createElement("div");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");
document.body.append(announcer);

for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
  if (!navigator.clipboard) continue;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const field = document.getElementById(button.dataset.copyFrom);
      await navigator.clipboard.writeText(field ? field.value : button.dataset.copy);
    } catch {
      return;
    }
    button.textContent = button.dataset.copied;
    announcer.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = label;
      announcer.textContent = "";
    }, 2000);
  });
}

const exact = { dateStyle: "long", timeStyle: "short" };
for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = new Date(time.dateTime).toLocaleString(document.documentElement.lang, exact);
}

// On a phone the rail is a row that may be wider than the screen.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.getElementById("problems")?.focus();
