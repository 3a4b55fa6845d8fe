import { element } from "./element.js";
import { FILTER_FIELDS } from "./event-fields.js";

/** Builds the form; `changed` gets the filter, with only the fields that say something, shortly after typing ends. */
export function filterForm(form, changed) {
  let timer;
  for (const { name, label, ...input } of FILTER_FIELDS) {
    const list = input.list && element("datalist", { id: input.list });
    form.append(
      element("label", {}, `${label} `, element("input", { name, autocomplete: "off", ...input })),
      list ?? "",
    );
  }
  form.append(element("button", { type: "reset", class: "quiet" }, "Clear"));
  const notify = () => {
    clearTimeout(timer);
    timer = setTimeout(() => changed(currentFilter(form)), 150);
  };
  form.addEventListener("input", notify);
  form.addEventListener("reset", notify);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    notify();
  });
}

export function currentFilter(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
}
