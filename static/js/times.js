// Times: <time data-relative> says how long ago or in what time, with the exact moment on hover; a tap on one, or the switch in the
// account's menu, shows the exact moments of all, until the next. <time data-exact> is written in the reader's zone.
// data-since="…" counts the seconds of what is still running.
import { language, t } from "./words.js";

const STEPS = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [86400 * 14, 86400, "day"],
];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
// One form for all English, the one that the server writes.
const inWords = language === "en" ? "en-GB" : language;
const date = { day: "numeric", month: "short", year: "numeric" };
const minute = { ...date, hour: "2-digit", minute: "2-digit" };
const second = { ...minute, second: "2-digit" };
const day = new Intl.DateTimeFormat(inWords, date);
const short = new Intl.DateTimeFormat(inWords, second);
const exact = {
  minute: new Intl.DateTimeFormat(inWords, { ...minute, timeZoneName: "short" }),
  second: new Intl.DateTimeFormat(inWords, { ...second, timeZoneName: "short" }),
};

const KEY = "wireflow:times";
let isExact = false;
try {
  isExact = localStorage.getItem(KEY) === "exact";
} catch {
  // storage is switched off in this browser: every page begins with relative times
}

const ago = (then) => {
  const seconds = (Date.now() - then) / 1000;
  if (seconds >= 0 && seconds < 10) return t("just now");
  const step = STEPS.find(([below]) => Math.abs(seconds) < below);
  return step ? relative.format(-Math.trunc(seconds / step[1]), step[2]) : day.format(then);
};

const lasting = (since) => {
  const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

const titled = new WeakMap(); // element → the time that its title says

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const refresh = () => {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const then = new Date(element.dateTime);
    if (titled.get(element) !== element.dateTime) {
      element.title = exact.second.format(then);
      titled.set(element, element.dateTime);
    }
    write(element, isExact ? short.format(then) : ago(then));
  }
  for (const element of document.querySelectorAll("time[data-exact]")) {
    write(element, exact[element.dataset.exact].format(new Date(element.dateTime)));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    write(element, lasting(new Date(element.dataset.since)));
  }
  for (const button of document.querySelectorAll("[data-times]")) button.setAttribute("aria-pressed", isExact);
};

document.addEventListener("click", (event) => {
  const isTime = event.target.matches("time[data-relative]") && !event.target.closest("a, button, summary, label");
  if (!isTime && !event.target.closest("[data-times]")) return;
  isExact = !isExact;
  try {
    if (isExact) localStorage.setItem(KEY, "exact");
    else localStorage.removeItem(KEY);
  } catch {
    // it holds for this page alone then
  }
  refresh();
});
for (const button of document.querySelectorAll("[data-times]")) button.hidden = false;

refresh();
setInterval(refresh, 1000);
document.addEventListener("htmx:afterSwap", refresh);
