/** Where each parameter stands in the panel; one that nobody placed stands under "More". */

import { PARAMETERS } from "./described";

interface Group {
  readonly title: string;
  readonly names: readonly string[];
  readonly engine?: string;
}

/** In sight from the start, after the photo and the words. */
export const OPEN = ["region", "aspect_ratio"];

const FIRST = [...OPEN, "prompt", "image_1"];

const PLACED: readonly Group[] = [
  { title: "Blend and layer", names: ["image_2", "image_3"] },
  { title: "Size and arrangement", names: ["width", "height", "elements", "straighten", "seed"] },
  {
    title: "File",
    names: ["image_format", "quality", "match_color", "embed_report", "retention_seconds"],
  },
  {
    title: "Diffusion model",
    engine: "qwen",
    names: PARAMETERS.filter((one) => one.engine === "qwen").map((one) => one.name),
  },
];

const placed = new Set([...FIRST, ...PLACED.flatMap((group) => group.names)]);
const rest = PARAMETERS.map((one) => one.name).filter((name) => !placed.has(name));

export const GROUPS: readonly Group[] = [...PLACED, { title: "More", names: rest }];
