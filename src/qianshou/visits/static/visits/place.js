// Says where a visit signs in, rounded here to a hundredth of a degree (about a kilometre) before
// anything is sent. Without a position the form goes as it is, with the reason that was typed.

const CELL = 0.01;

export function cellOf(longitude, latitude) {
  const round = (value) => (Math.round(value / CELL) * CELL).toFixed(2);
  return `${round(longitude)},${round(latitude)}`;
}

function ask(form) {
  return new Promise((resolve) => {
    if (!navigator.geolocation || form.elements.why.value) return resolve("");
    navigator.geolocation.getCurrentPosition(
      (found) => resolve(cellOf(found.coords.longitude, found.coords.latitude)),
      () => resolve(""),
      { enableHighAccuracy: false, timeout: 8000, maximumAge: 60000 },
    );
  });
}

for (const form of document.querySelectorAll("form[data-place]")) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.asked) return;
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    form.elements.cell.value = await ask(form);
    form.elements.said_at.value = new Date().toISOString();
    form.dataset.asked = "yes";
    button.disabled = false;
    form.requestSubmit(button);
  });
}
