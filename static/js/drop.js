// <form class="drop" data-drop> with one file input: files dropped or pasted anywhere on the form are put into the
// input, and the form is sent as soon as it has some.
const formOf = (event) => event.target.closest?.("form[data-drop]");

const send = (form, files) => {
  const input = form.querySelector("input[type=file]");
  if (!files.length || !input) return;
  if (input.files !== files) input.files = files;
  form.requestSubmit();
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
  send(form, event.dataTransfer.files);
});

document.addEventListener("change", (event) => {
  const form = formOf(event);
  if (form && event.target.type === "file") send(form, event.target.files);
});
