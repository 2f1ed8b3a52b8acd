// Everything works without this file; it only makes it quicker.
"use strict";

// Pages with something live fetch themselves again when the server says so, and swap the live parts.
document.querySelectorAll("[data-events]").forEach((element) => {
  const source = new EventSource(element.dataset.events);
  let asked = null;
  source.addEventListener("changed", () => {
    clearTimeout(asked);
    asked = setTimeout(refresh, 50);
  });
});

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelectorAll("[data-live]").forEach((part) => {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || inUse(part)) return;
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    next.querySelectorAll("details").forEach((each, n) => { if (n < open.length) each.open = open[n]; });
    part.replaceWith(next);
  });
}

// What somebody has begun to fill in is never swapped away.
function inUse(part) {
  if (part.contains(document.activeElement)) return true;
  return [...part.querySelectorAll("textarea, input, select")].some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((each) => each.selected !== each.defaultSelected) && field.selectedIndex > 0;
    return field.value !== field.defaultValue;
  });
}

// Region names are suggested while typing.
document.querySelectorAll("input[data-regions]").forEach((input) => {
  const list = document.getElementById(input.getAttribute("list"));
  let asked = null;
  input.addEventListener("input", () => {
    clearTimeout(asked);
    if (input.value.trim().length < 3) return;
    asked = setTimeout(async () => {
      const answer = await fetch(`${input.dataset.regions}?q=${encodeURIComponent(input.value)}`);
      if (!answer.ok) return;
      const found = await answer.json();
      list.replaceChildren(...found.regions.map((each) => new Option(each.path)));
    }, 200);
  });
});

// Work that goes on in the background: the page looks again until it is done.
document.querySelectorAll("[data-reload]").forEach((element) => {
  setTimeout(() => location.reload(), Number(element.dataset.reload));
});

// The tab of this page is in sight, however many there are.
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A form is sent once.
document.querySelectorAll("form[method=post]").forEach((form) => {
  form.addEventListener("submit", () => {
    form.querySelectorAll("button:not([name])").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
});

// Who must not be seen here leaves at once: the page is emptied, and "back" does not return to it.
const leave = document.querySelector("[data-leave]");
if (leave) {
  const go = () => { document.body.replaceChildren(); location.replace(leave.href); };
  let presses = 0;
  leave.addEventListener("click", (event) => { event.preventDefault(); go(); });
  document.addEventListener("keydown", (event) => { presses = event.key === "Escape" ? presses + 1 : 0; if (presses === 3) go(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
