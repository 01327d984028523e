// Shows the token that the address brought, and takes it out of the address bar and the history at once. It is never sent
// anywhere: the part behind the # does not leave the browser, and nothing here makes a request.
"use strict";

const brought = new URLSearchParams(location.hash.slice(1));
if (location.hash) history.replaceState(null, "", location.pathname + location.search);

function show(id) {
  const part = document.getElementById(id);
  part.hidden = false;
  document.title = `${part.querySelector("h1").textContent.trim()} – marketpass`;
  return part;
}

function showToken(token, seconds) {
  const part = show("token-part");
  // In the other language the token would be gone.
  document.querySelector(".languages").hidden = true;
  const fields = [...part.querySelectorAll("[data-with-token]")];
  const write = (text) => fields.forEach((field) => (field.value = text ? field.dataset.withToken.replace("TOKEN", () => text) : ""));
  write(token);
  // Whoever comes back to this page later, by the back button, does not find the token on it.
  addEventListener("pagehide", () => {
    write("");
    part.hidden = true;
    show("nothing-part");
  });
  if (!(seconds > 0)) return;
  const end = new Date(Date.now() + seconds * 1000);
  const moment = part.querySelector("time");
  moment.dateTime = end.toISOString();
  moment.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(end);
  moment.closest("[hidden]").hidden = false;
}

// Only words that we know are shown: anybody can write anything into a link.
function showError(code) {
  const part = show("error-part");
  const known = [...part.querySelectorAll("[data-error]")].find((text) => text.dataset.error === code);
  (known ?? part.querySelector("[data-other]")).hidden = false;
}

const token = brought.get("access_token") ?? "";
if (/^y[0-3]_[A-Za-z0-9_-]+$/.test(token)) showToken(token, Number(brought.get("expires_in")));
else if (brought.has("error")) showError(brought.get("error"));
else if (!document.getElementById("answer-part")) show("nothing-part");
