import { element } from "./element.js";

/** The imported calendars, each with its colour and a way to remove it. */
export function showCalendars(list, calendars, { colourOf, remove }) {
  const item = (calendar) =>
    element(
      "li",
      { style: `--colour: ${colourOf({ calendar_id: calendar.id })}` },
      element("span", { class: "dot" }),
      element("span", { class: "name" }, calendar.name),
      element("span", { class: "count" }, String(calendar.events)),
      element(
        "button",
        { type: "button", class: "quiet", "aria-label": `Remove ${calendar.name}`, click: () => remove(calendar) },
        "×",
      ),
    );
  list.replaceChildren(...calendars.map(item));
}

/** Calls `send` with the form's content and empties it when that went well. */
export function importForm(form, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    if (data.get("file")?.size === 0) data.delete("file");
    if (data.get("url") === "") data.delete("url");
    if (await send(data)) form.reset();
  });
}

/** The address of the filtered feed, with a button that copies it. */
export function showFeed(box, address) {
  const [field, copy] = box.children;
  field.value = address;
  box.hidden = false;
  copy.onclick = async () => {
    field.select();
    await navigator.clipboard?.writeText(address);
    copy.textContent = "Copied";
  };
  copy.textContent = "Copy";
}
