// Lists: choosing rows for an act on many, and swapping only the list when a filter, a column or a
// page is chosen. The links are complete addresses, so that all of it works without this too.

function boxes(form) {
  return [...form.querySelectorAll("input[name=pick]")];
}

function tell(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked);
  for (const box of all) box.closest("tr").classList.toggle("chosen", box.checked);
  const head = form.querySelector("[data-pick-all]");
  if (head) {
    head.hidden = false;
    head.checked = chosen.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  const bar = form.querySelector("[data-bulk-bar]");
  if (!bar) return;
  const count = bar.querySelector("[data-bulk-count]");
  count.textContent = chosen.length ? count.dataset.some.replace("{count}", chosen.length) : count.dataset.none;
  bar.classList.toggle("idle", chosen.length === 0);
  for (const button of bar.querySelectorAll("button")) button.disabled = chosen.length === 0;
}

function makeLive(scope) {
  for (const list of scope.querySelectorAll("[data-live][id]")) prepareLive(list);
  if (scope.matches?.("[data-live][id]")) prepareLive(scope);
  for (const form of document.querySelectorAll("form[data-bulk]")) tell(form);
}

function prepareLive(list) {
  for (const link of list.querySelectorAll("a[data-swap]")) {
    link.setAttribute("hx-get", link.getAttribute("href"));
    link.setAttribute("hx-target", `#${list.id}`);
    link.setAttribute("hx-select", `#${list.id}`);
    link.setAttribute("hx-swap", "outerHTML show:none");
    link.setAttribute("hx-push-url", "true");
    link.setAttribute("hx-indicator", `#${list.id}`);
    window.htmx?.process(link);
  }
}

let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("input[name=pick]");
  if (!box) return;
  const all = boxes(box.form);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) {
    for (const box of boxes(form)) box.checked = event.target.checked;
  }
  tell(form);
});

document.addEventListener("htmx:load", (event) => makeLive(event.detail.elt));
makeLive(document);
