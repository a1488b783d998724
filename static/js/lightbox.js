// A picture of a result, large: <a data-light="name"> opens here instead of in a tab of its own; data-player="video" or
// "audio" makes it a player with data-poster. Arrow keys and buttons go on to the others of the page, Escape closes.
// Without this script the link opens the file.
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LINKS = "a[data-light]";

let box = null;
let shown = null; // the link whose picture is shown

// Its result and the node that made it both show a picture; going on, each comes once.
const links = () => {
  const found = new Map();
  for (const link of document.querySelectorAll(LINKS)) if (!found.has(link.href)) found.set(link.href, link);
  if (shown) found.set(shown.href, shown);
  return [...found.values()];
};

const icon = (name) => {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  const known = document.querySelector(".icon use").getAttribute("href").split("#")[0];
  use.setAttribute("href", `${known}#${name}`);
  svg.append(use);
  return svg;
};

const make = (tag, className, ...children) => {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
};

const button = (className, name, label, press) => {
  const made = make("button", `button icon-only ${className}`, icon(name));
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", press);
  return made;
};

const medium = (link) => {
  const { player, poster, light } = link.dataset;
  const made = document.createElement(player ?? "img");
  if (player) {
    made.controls = true;
    made.setAttribute("aria-label", light);
    if (poster) made.poster = poster;
  } else {
    made.alt = link.querySelector("img")?.alt ?? "";
  }
  made.src = link.href;
  return made;
};

const show = (link) => {
  const all = links();
  shown = link;
  const place = all.findIndex((one) => one.href === link.href);
  box.querySelector(".light-stage").replaceChildren(medium(link));
  box.setAttribute("aria-label", link.dataset.light);
  box.querySelector(".light-name").textContent = link.dataset.light;
  box.querySelector(".light-facts").textContent = [link.dataset.facts, all.length > 1 && t("{place} of {count}", { place: place + 1, count: all.length })]
    .filter(Boolean).join(" · ");
  const download = box.querySelector("a");
  download.href = link.dataset.download ?? link.href + (link.href.includes("?") ? "&" : "?") + "download=1";
  for (const one of box.querySelectorAll(".light-step")) one.hidden = all.length < 2;
};

const step = (by) => {
  const all = links();
  const place = all.findIndex((one) => one.href === shown.href);
  show(all[(place + by + all.length) % all.length]);
};

const build = () => {
  const download = make("a", "button", icon("download"), t("Download"));
  const head = make(
    "div", "light-head",
    make("p", "light-title", make("strong", "light-name cut"), make("span", "light-facts small")),
    download,
    button("quiet", "close", t("Close"), () => box.close()),
  );
  box = make(
    "dialog", "light", head,
    make("div", "light-stage"),
    button("light-step before", "right", t("Previous one"), () => step(-1)),
    button("light-step after", "right", t("Next one"), () => step(1)),
  );
  box.addEventListener("click", (event) => {
    if (event.target === box || event.target.className === "light-stage") box.close();
  });
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.target.matches("video, audio")) return; // a player goes forth and back by them
    event.preventDefault();
    step(by);
  });
  box.addEventListener("close", () => {
    box.querySelector(".light-stage").replaceChildren(); // what plays falls silent
    const link = shown.isConnected ? shown : links().find((one) => one.href === shown.href);
    shown = null;
    link?.focus();
  });
  document.body.append(box);
};

document.addEventListener("click", (event) => {
  const link = event.target.closest(LINKS);
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain) return;
  event.preventDefault();
  if (!box) build();
  show(link);
  box.showModal();
});
