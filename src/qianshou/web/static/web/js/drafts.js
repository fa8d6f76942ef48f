// What was typed into a form marked data-draft="name" survives a closed page or an ended session
// in this tab. It is dropped when the form is sent; passwords, files and hidden fields never enter.

const KEY = "draft:";
const SKIPPED = ["password", "file", "hidden", "submit", "button"];

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SKIPPED.includes(field.type));
}

function keep(form) {
  const values = fields(form)
    .filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked)
    .map((field) => [field.name, field.value]);
  sessionStorage.setItem(KEY + form.dataset.draft, JSON.stringify(values));
}

function restore(form) {
  const kept = sessionStorage.getItem(KEY + form.dataset.draft);
  // A form that came back with errors already shows what was typed.
  if (!kept || form.querySelector(".wrong")) return;
  const values = JSON.parse(kept);
  for (const field of fields(form)) {
    const mine = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(field.type)) field.checked = mine.includes(field.value);
    else if (mine.length) field.value = mine[0];
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (form) keep(form);
});

document.addEventListener("submit", (event) => {
  if (event.target.dataset.draft) sessionStorage.removeItem(KEY + event.target.dataset.draft);
});

for (const form of document.querySelectorAll("form[data-draft]")) restore(form);
