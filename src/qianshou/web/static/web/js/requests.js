// When a swap cannot be done: an ended session leads to the sign-in page as a whole page, and a
// server that fails is told of in words instead of a list that quietly stays as it was.

function tellTrouble() {
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
  }
});

document.addEventListener("htmx:responseError", tellTrouble);
document.addEventListener("htmx:sendError", tellTrouble);
document.addEventListener("htmx:timeout", tellTrouble);
