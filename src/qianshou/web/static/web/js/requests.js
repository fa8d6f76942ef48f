// When a swap cannot be done: an ended session leads to the sign-in page as a whole page, and a
// server that fails is told of in words instead of a list that quietly stays as it was.

function tellTrouble(event) {
  // What a page asks by itself may fail quietly; it asks again in a moment.
  if (event.detail.elt?.closest("[data-fresh]")) return;
  const place = document.getElementById("toasts");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = "toast error";
  const words = document.createElement("p");
  words.textContent = place.dataset.trouble;
  toast.append(words);
  place.replaceChildren(toast);
}

// A panel whose work is done, or that is gone from its page, gives way to the finished page.
function isFinished(panel, html) {
  const next = new DOMParser().parseFromString(html, "text/html").getElementById(panel.id);
  return !next?.hasAttribute("hx-trigger");
}

// A panel is not taken from under the hands of somebody who writes in it.
function isWrittenIn(panel) {
  const field = document.activeElement;
  return panel.contains(field) && field.matches("textarea, input:not([type=checkbox], [type=radio]), select");
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const asked = new URL(requestConfig.path, location.href).pathname;
  const answered = xhr.responseURL ? new URL(xhr.responseURL).pathname : asked;
  if (requestConfig.verb === "get" && asked !== answered) {
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  } else if (event.detail.elt.matches("[data-poll]") && isFinished(event.detail.elt, xhr.responseText)) {
    event.detail.shouldSwap = false;
    location.reload();
  } else if (event.detail.elt.matches("[data-fresh]") && isWrittenIn(event.detail.elt)) {
    event.detail.shouldSwap = false;
  }
});

document.addEventListener("htmx:responseError", tellTrouble);
document.addEventListener("htmx:sendError", tellTrouble);
document.addEventListener("htmx:timeout", tellTrouble);
