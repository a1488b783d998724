// Times: <time data-relative> keeps saying how long ago, with the exact local time on hover;
// data-since="…" counts the seconds of what is still running.
import { language, t } from "./words.js";

const STEPS = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86400, 3600, "hour"],
  [86400 * 14, 86400, "day"],
];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
// English is written as the browser writes it, for there are several.
const inWords = language === "en" ? undefined : language;
const exact = new Intl.DateTimeFormat(inWords, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(inWords, { dateStyle: "medium" });

const ago = (then) => {
  const seconds = (Date.now() - then) / 1000;
  if (seconds < 10) return t("just now");
  const step = STEPS.find(([below]) => seconds < below);
  return step ? relative.format(-Math.floor(seconds / step[1]), step[2]) : day.format(then);
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
      element.title = exact.format(then);
      titled.set(element, element.dateTime);
    }
    write(element, ago(then));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    write(element, lasting(new Date(element.dataset.since)));
  }
};

refresh();
setInterval(refresh, 1000);
document.addEventListener("htmx:afterSwap", refresh);
