// Sliders that are answered while they are moved: the form's own address is asked anew, shortly
// after the last move, and an answer that is overtaken by the next question is dropped. Without
// this the form is sent by its button.

const PAUSE = 150;

function tell(form) {
  for (const slider of form.querySelectorAll("input[type=range]")) {
    let output = slider.nextElementSibling;
    if (output?.tagName !== "OUTPUT") {
      output = document.createElement("output");
      output.htmlFor = slider.id;
      slider.after(output);
    }
    output.value = slider.value;
  }
}

function address(form) {
  const query = new URLSearchParams(new FormData(form));
  return `${form.getAttribute("action") || location.pathname}?${query}`;
}

// What would be adopted is what is shown, and the address can be sent to somebody else.
function follow(form) {
  history.replaceState(history.state, "", address(form));
  for (const other of document.querySelectorAll("form[data-adopts]")) {
    for (const field of other.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken])")) field.remove();
    for (const [name, value] of new FormData(form)) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      other.append(field);
    }
  }
}

for (const form of document.querySelectorAll("form[data-sliders]")) {
  let waiting = 0;
  const target = document.querySelector(form.dataset.sliders);
  form.setAttribute("hx-sync", "this:replace");
  const ask = () => {
    follow(form);
    target.setAttribute("aria-busy", "true");
    window.htmx.ajax("GET", address(form), { source: form, target, swap: "innerHTML show:none" });
  };
  tell(form);
  form.addEventListener("input", () => {
    tell(form);
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  target.addEventListener("htmx:afterSwap", () => target.removeAttribute("aria-busy"));
}
