// The library: ticking several assets, keys, and pictures that take the place of their blur.
import { t } from "./words.js";

const bar = document.querySelector("[data-chosen]");
const grid = document.querySelector("#assets");
const boxes = () => [...grid.querySelectorAll('input[name="asset"]')];
const ticked = () => boxes().filter((box) => box.checked);
const frames = () => [...grid.querySelectorAll(".asset > .media-frame")];
const MOST = 200;
let last = null; // where a range of ticks begins

const say = () => {
  const count = ticked().length;
  bar.classList.toggle("shown", count > 0);
  bar.querySelector("[data-chosen-said]").textContent = t(count > MOST ? "{count} ticked; at most {most} at once" : "{count} ticked", { count, most: MOST });
  for (const button of bar.querySelectorAll("[data-chosen-all], [data-chosen-none]")) button.hidden = false;
  for (const button of bar.querySelectorAll("button[type=submit]")) button.disabled = count === 0 || count > MOST;
};

const tick = (which, on) => {
  for (const box of which) box.checked = on;
  say();
};

grid.addEventListener("click", (event) => {
  if (!event.target.matches('input[name="asset"]')) return;
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) tick(all.slice(from, to + 1), event.target.checked);
  last = event.target;
});
grid.addEventListener("change", say);
bar.querySelector("[data-chosen-all]").addEventListener("click", () => tick(boxes(), true));
bar.querySelector("[data-chosen-none]").addEventListener("click", () => tick(boxes(), false));
bar.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Arrow keys go from tile to tile (tiles.js), x ticks the one that has the focus, / goes to the search, Escape unticks.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], details.menu[open]")) return;
  const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    document.querySelector("#q").focus();
  } else if (event.key === "Escape" && !isTyping && ticked().length) {
    tick(boxes(), false);
  }
  if (event.key === "x" && frames().includes(event.target)) {
    const box = event.target.parentElement.querySelector('input[name="asset"]');
    tick([box], !box.checked);
    last = box;
  }
});

// Load and error do not bubble, but they can be caught on their way down.
const shown = (image) => {
  const frame = image.closest(".media-frame");
  if (!frame || image.classList.contains("blur")) return;
  frame.classList.toggle("loaded", image.naturalWidth > 0);
  frame.classList.toggle("broken", image.naturalWidth === 0);
};
const look = () => {
  for (const image of grid.querySelectorAll(".media-frame img:not(.blur)")) if (image.complete) shown(image);
};
for (const kind of ["load", "error"]) grid.addEventListener(kind, (event) => shown(event.target), true);

document.addEventListener("htmx:afterSettle", () => {
  say();
  look();
});
window.addEventListener("pageshow", say); // what was ticked before going back still is
look();
say();
