/** Photos arrive: dropped, pasted, picked, or one of the examples. */

import { signal } from "@preact/signals";
import { choose } from "./jobs";
import type { Example } from "./examples";
import { BASE, IMAGES, fault, setPhoto, setValue } from "./wish";

/** Whether something is being dragged over the page. */
export const hovering = signal(false);

/** Takes a photo to its place; a new base is what is looked at. */
export async function arrive(name: string, file: Blob, fileName: string): Promise<void> {
  const taken = await setPhoto(name, file, fileName);
  if (taken && name === BASE) choose("");
}

/** Takes as many as there are places: the first is the base, the others are for mixing. */
function arriveAll(files: Iterable<File>, first: string): void {
  const places = IMAGES.slice(IMAGES.indexOf(first));
  for (const file of files) {
    const name = places.shift();
    if (name) void arrive(name, file, file.name);
  }
}

/** What an input of files holds. */
export function picked(input: HTMLInputElement, name: string): void {
  arriveAll(Array.from(input.files ?? []), name);
  input.value = "";
}

/** Takes an example, and says of it what it is an example of. */
export async function takeExample(example: Example): Promise<void> {
  try {
    const response = await fetch(example.photo);
    if (!response.ok) throw new Error();
    await arrive(BASE, await response.blob(), example.name);
    setValue("prompt", example.prompt);
  } catch {
    fault(BASE, "the example could not be loaded; try again, or take a photo of your own");
  }
}

/** Listens on the whole page: people drop where they are. */
export function listen(): void {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    hovering.value = event.dataTransfer?.types.includes("Files") ?? false;
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) hovering.value = false;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    hovering.value = false;
    const place = (event.target as Element).closest<HTMLElement>("[data-photo]");
    arriveAll(event.dataTransfer?.files ?? [], place?.dataset.photo ?? BASE);
  });
  addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    arriveAll(files, BASE);
  });
}
