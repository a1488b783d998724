// The history: how many executions are ticked and what can be done with them, and what follows the filters.
import { t } from "./words.js";

const [FEWEST, MOST] = [2, 4];
const bar = document.querySelector("[data-picked]");
const all = bar.querySelector("[data-pick-all]");
const boxes = () => [...document.querySelectorAll('#rows input[name="run"]')];

const show = () => {
  const shown = boxes();
  const count = shown.filter((box) => box.checked).length;
  bar.hidden = count === 0;
  all.hidden = count === shown.length;
  for (const button of bar.querySelectorAll("[data-needs-two]")) {
    button.disabled = count < FEWEST || count > MOST;
    button.title = button.disabled ? t("Tick {fewest} to {most} to compare them", { fewest: FEWEST, most: MOST }) : "";
  }
  bar.querySelector("[data-picked-said]").textContent = t("{count} ticked", { count });
};

all.addEventListener("click", () => {
  for (const box of boxes()) box.checked = true;
  show();
});

// Links and forms that are about the same filters as the list.
const follow = () => {
  const form = document.querySelector("[data-filters]");
  const set = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(set).toString();
  for (const link of document.querySelectorAll("[data-follows-filters]")) {
    link.href = link.dataset.followsFilters + (query ? `?${query}` : "");
  }
  for (const one of document.querySelectorAll("[data-save-view], [data-clear]")) one.hidden = !query;
  for (const kept of document.querySelectorAll("[data-kept-filters]")) {
    kept.replaceChildren(
      ...set.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })),
    );
  }
};

// Enter in the field of the label puts it on: the form's first button would compare.
bar.querySelector('[name="new_label"]')?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  bar.querySelector('[value="label"]').click();
});

document.addEventListener("change", (event) => {
  if (event.target.matches('input[name="run"]')) show();
});
document.addEventListener("htmx:afterSettle", () => {
  show(); // another filter shows other rows
  follow();
});
window.addEventListener("pageshow", () => {
  show(); // what was ticked before going back still is
  follow();
});
show();
