// The System page asks again every few seconds while somebody looks at it, until they press the button.
import { t } from "./words.js";

const EVERY_MS = 5000;

const state = document.querySelector("#state");
const button = document.querySelector("[data-follow]");
const lost = document.querySelector("[data-lost]");
const follows = () => button.getAttribute("aria-pressed") === "true";

function look() {
  if (follows() && document.visibilityState === "visible") htmx.trigger(state, "refresh");
}

function answered(is) {
  lost.hidden = is;
  document.querySelector("main").classList.toggle("is-lost", !is);
}

button.addEventListener("click", () => {
  button.setAttribute("aria-pressed", String(!follows()));
  button.querySelector("span").textContent = t(follows() ? "Following" : "Stopped");
  look();
});
document.addEventListener("visibilitychange", look);
document.addEventListener("htmx:afterSwap", () => answered(true));
document.addEventListener("htmx:sendError", () => answered(false));
document.addEventListener("htmx:responseError", () => answered(false));
setInterval(look, EVERY_MS);
