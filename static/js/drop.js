// <form class="drop" data-drop> with one file input: files dropped on the form or chosen are sent one after the other,
// as each request has a bound, with a line that tells how far it is. Without this script the form sends them together.
import { t } from "./words.js";

const formOf = (event) => event.target.closest?.("form[data-drop]");
const AWAY = t("the server does not answer");

// What was refused is told by the page that comes back, as a sentence for each file.
const reasonsIn = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  const found = [...page.querySelectorAll(".notice.error[role=alert] p, [data-reason]")].map((one) => one.textContent);
  return found.length ? found : [t("it was refused")];
};

const send = async (form, name, file) => {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.append(name, file);
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    return answer.ok ? [] : reasonsIn(await answer.text()).map((one) => (one.includes(file.name) ? one : `${file.name}: ${one}`));
  } catch {
    return [`${file.name}: ${AWAY}`];
  }
};

const refuse = (form, problems) => {
  const list = form.querySelector("[data-drop-problems]");
  list.replaceChildren(...problems.map((problem) => {
    const line = document.createElement("li");
    line.textContent = problem;
    return line;
  }));
};

const sendAll = async (form, files) => {
  const input = form.querySelector("input[type=file]");
  if (!files.length || form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const line = form.querySelector("[data-drop-progress]");
  const bar = form.querySelector("progress");
  bar.max = files.length;
  bar.hidden = false;
  const problems = [];
  for (const [place, file] of files.entries()) {
    bar.value = place;
    line.textContent = t("Sending {number} of {count}: {name}", { number: place + 1, count: files.length, name: file.name });
    problems.push(...(await send(form, input.name, file)));
  }
  bar.value = files.length;
  form.removeAttribute("aria-busy");
  input.value = "";
  if (!problems.length) {
    location.assign(form.action);
    return;
  }
  line.textContent = t("{kept} of {count} kept. Reload the page to see them.", { kept: files.length - problems.length, count: files.length });
  refuse(form, problems);
};

document.addEventListener("dragover", (event) => {
  const form = formOf(event);
  if (!form) return;
  event.preventDefault();
  form.classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  const form = formOf(event);
  if (form && !form.contains(event.relatedTarget)) form.classList.remove("over");
});

document.addEventListener("drop", (event) => {
  const form = formOf(event);
  if (!form) return;
  event.preventDefault();
  form.classList.remove("over");
  sendAll(form, [...event.dataTransfer.files]);
});

document.addEventListener("change", (event) => {
  const form = formOf(event);
  if (form && event.target.type === "file") sendAll(form, [...event.target.files]);
});

// A field takes a file that is dropped on it by itself; that it will is shown.
for (const kind of ["dragenter", "dragleave", "drop"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target.matches?.('.field input[type="file"]')) target.classList.toggle("over", kind === "dragenter");
  });
}

// The button of the form is for browsers without this script: here choosing is sending.
for (const form of document.querySelectorAll("form[data-drop]")) {
  form.classList.add("by-script");
  form.querySelector("button[type=submit]").hidden = true;
}
