// What htmx was refused is told in a toast: a press must never seem to do nothing. It lies over the page, so it goes
// after a while, but never while a pointer or the focus is on it.
import { t } from "./words.js";

const SHOWN_MS = 12_000;
const AWAY = t("The server does not answer. Look at the connection and try again.");

const tell = (text) => {
  const notice = document.createElement("div");
  notice.className = "notice error";
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button small";
  close.dataset.close = ".notice";
  close.textContent = t("Close");
  notice.append(words, close);
  document.querySelector(".toasts").replaceChildren(notice);

  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => notice.matches(":hover, :focus-within") ? wait() : notice.remove(), SHOWN_MS);
  };
  for (const kind of ["pointerleave", "focusout"]) notice.addEventListener(kind, wait);
  wait();
};

// What a page fetches by itself, over and over, is not worth a word each time.
const isPressed = ({ requestConfig }) => ["click", "submit"].includes(requestConfig.triggeringEvent?.type);

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!isPressed(detail)) return;
  const page = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
  tell(page.querySelector("[data-reason]")?.textContent ?? t("That was not done ({status}). Try again.", { status: detail.xhr.status }));
});

document.addEventListener("htmx:sendError", ({ detail }) => {
  if (isPressed(detail)) tell(AWAY);
});

// Whose session has ended is sent to sign in; that page must not land inside this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href);
  if (answered.pathname !== "/sign-in" || location.pathname === "/sign-in") return;
  event.detail.shouldSwap = false;
  location.reload();
});
