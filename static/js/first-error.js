// A form that was refused stands where it was sent from, often below what is seen: the first bad field takes the focus.
document.querySelector("main [aria-invalid='true']")?.focus();
