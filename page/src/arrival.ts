/** Photos arrive: dropped, pasted, picked, or one of the examples. */

import { computed, signal } from "@preact/signals";
import { choose } from "./jobs";
import type { Example } from "./examples";
import { BASE, IMAGES, fault, photos, setPhoto, setValue } from "./wish";

/** Whether something is being dragged over the page. */
export const hovering = signal(false);

/** What becomes of a photo that is not the base. */
const MIXED: Readonly<Record<string, string>> = {
  image_2: "will be blended in",
  image_3: "will be laid over",
};

const told = signal({ sentence: "", of: photos.value });

/** What became of photos that came together; once any photo changes, that is no news. */
export const several = computed(() => (told.value.of === photos.value ? told.value.sentence : ""));

/** Takes a photo to its place, if it is one; a new base is what is looked at. */
async function arrive(name: string, file: Blob, fileName: string): Promise<boolean> {
  const taken = await setPhoto(name, file, fileName);
  if (taken && name === BASE) choose("");
  return taken;
}

/** Takes as many as there are places: the first is the base, the others are for mixing. */
async function arriveAll(files: readonly File[], first: string): Promise<void> {
  const places = IMAGES.slice(IMAGES.indexOf(first));
  const became = await Promise.all(
    places.slice(0, files.length).map(async (name, index) => {
      const file = files[index] as File;
      const taken = await arrive(name, file, file.name);
      return taken ? [`“${file.name}” ${MIXED[name] ?? "is the photo"}.`] : [];
    }),
  );
  const sentence = [...became.flat(), ...leftOut(files.slice(places.length))].join(" ");
  told.value = { sentence: files.length > 1 ? sentence : "", of: photos.value };
}

function leftOut(files: readonly File[]): readonly string[] {
  const [one] = files;
  if (!one) return [];
  const who = files.length > 1 ? `The other ${files.length} were` : `“${one.name}” was`;
  return [`${who} left out: a tile is made of ${IMAGES.length} photos at most.`];
}

/** What an input of files holds. */
export function picked(input: HTMLInputElement, name: string): void {
  void arriveAll(Array.from(input.files ?? []), name);
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
    void arriveAll(Array.from(event.dataTransfer?.files ?? []), place?.dataset.photo ?? BASE);
  });
  addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    void arriveAll(Array.from(files), BASE);
  });
}
