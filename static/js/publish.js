// The changes of an app that is published anew: a tick for each person, those that need each other, how many are ticked.
import { t } from "./words.js";

const panel = document.querySelector("[data-changes]");
const boxes = panel ? [...panel.querySelectorAll("[name=change]")] : [];
const byToken = new Map(boxes.map((box) => [box.value, box]));
const button = document.querySelector("[data-publish]");

/** The boxes without which this one makes no sense. */
const needsOf = (box) => (box.dataset.needs ?? "").split(" ").flatMap((token) => byToken.get(token) ?? []);

/** Tick or untick one, and what follows from that; what followed is added to `along`. */
const set = (box, isOn, along) => {
  box.checked = isOn;
  const others = isOn ? needsOf(box) : boxes.filter((one) => needsOf(one).includes(box));
  for (const other of others) {
    if (other.checked === isOn) continue;
    along.add(other);
    set(other, isOn, along);
  }
};

const saying = () => {
  const number = boxes.filter((box) => box.checked).length;
  if (boxes.length > 1) return t("Publish {number} of {count} changes", { number, count: boxes.length });
  return number ? t("Publish this change") : t("Publish without this change");
};

const draw = () => {
  for (const group of panel.querySelectorAll(".change-group")) {
    const own = [...group.querySelectorAll("[name=change]")];
    const all = group.querySelector("[data-all]");
    const ticked = own.filter((box) => box.checked).length;
    all.hidden = false;
    all.checked = ticked === own.length;
    all.indeterminate = ticked > 0 && ticked < own.length;
  }
  if (button) button.textContent = saying();
};

panel?.addEventListener("change", ({ target }) => {
  const along = new Set();
  const chosen = target.matches("[data-all]") ? [...target.closest(".change-group").querySelectorAll("[name=change]")] : [target];
  const isOn = target.checked;
  for (const box of chosen) set(box, isOn, along);
  for (const box of chosen) along.delete(box);
  const titles = [...along].map((box) => box.closest(".change").querySelector(".check").textContent.trim()).join(", ");
  const said = isOn ? "Ticked along with it: {titles}" : "No more ticked either: {titles}";
  panel.querySelector("[data-said]").textContent = titles ? t(said, { titles }) : "";
  draw();
});
if (boxes.length) draw();

// What settings are called stands in the words of the canvas.
const words = globalThis.wireflowWords?.nodes ?? {};
for (const one of document.querySelectorAll("[data-word]")) one.textContent = words[one.textContent] ?? one.textContent;
