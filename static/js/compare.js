// Pictures of two executions, laid over each other: a slider, an onion skin, the difference of their points.
// Without this script they stand side by side, as the page was sent.
import { t } from "./words.js";

const MODES = { side: "Side by side", slider: "Slider", onion: "Onion skin", difference: "Difference" };

const make = (tag, className, properties = {}) => Object.assign(document.createElement(tag), { className, ...properties });

const pictures = (cell) => [...cell.querySelectorAll("a[data-light]")].map((link) => ({
  src: link.href,
  alt: link.querySelector("img").alt,
}));

/** What a side is called: its letter, as in the head of the page, what ran and when. */
const nameOf = (letter) => {
  const head = document.querySelector(`.compare-head[data-side="${letter}"]`);
  const title = head.querySelector(".compare-name a").title;
  const time = head.querySelector("time");
  const name = make("span", "stage-name", { title: `${letter}: ${title}` });
  name.append(make("b", "letter small", { textContent: letter }), make("span", "cut", { textContent: title }));
  if (time) name.append(time.cloneNode(true));
  return { element: name, text: `${letter}: ${title}${time ? `, ${time.textContent}` : ""}` };
};

const enhance = (grid) => {
  const cells = [...grid.querySelectorAll("[data-pictures-of]")];
  if (cells.length < 2) return;
  const [first, ...others] = cells;
  const tools = make("div", "compare-tools");
  const stages = make("div", "compare-stages", { hidden: true });
  const range = make("input", "stage-range", { type: "range", min: 0, max: 100, value: 50 });
  const chosen = make("select", "input");
  chosen.setAttribute("aria-label", t("Lay over {name}", { name: first.dataset.picturesOf }));
  for (const [place, cell] of others.entries()) {
    chosen.append(new Option(t("{first} and {second}", { first: first.dataset.picturesOf, second: cell.dataset.picturesOf }), place));
  }
  let mode = "side";

  const place = () => stages.style.setProperty("--at", `${range.value}%`);

  const draw = () => {
    for (const button of tools.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
    const isSide = mode === "side";
    grid.hidden = !isSide;
    stages.hidden = isSide;
    chosen.hidden = isSide || others.length < 2;
    range.hidden = isSide || mode === "difference";
    range.setAttribute("aria-label", t(mode === "onion" ? "How much of the second shows" : "Where the second begins"));
    if (isSide) return;
    const pair = [first, others[chosen.value]];
    const [below, above] = pair.map(pictures);
    const sides = pair.map((cell) => nameOf(cell.dataset.picturesOf));
    stages.replaceChildren(...below.slice(0, above.length).map((under, index) => {
      const stage = make("figure", "stage");
      stage.dataset.mode = mode;
      const names = make("figcaption", "stage-names");
      names.append(...sides.map(({ element }) => element.cloneNode(true)));
      const pair = make("div", "stage-pair");
      pair.append(...[under, above[index]].map(({ src, alt }, side) => make("img", side ? "over" : "", { src, alt: `${sides[side].text}, ${alt}` })));
      stage.append(names, pair);
      return stage;
    }), range);
    place();
  };

  for (const [name, label] of Object.entries(MODES)) {
    const button = make("button", "button small", { type: "button", textContent: t(label) });
    button.dataset.mode = name;
    button.addEventListener("click", () => {
      mode = name;
      draw();
    });
    tools.append(button);
  }
  tools.append(chosen);
  chosen.addEventListener("change", draw);
  range.addEventListener("input", place);
  grid.before(tools, stages);
  draw();
};

for (const grid of document.querySelectorAll("[data-pictures]")) enhance(grid);
