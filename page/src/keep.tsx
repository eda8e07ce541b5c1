/** The tile is taken home: as a file, in the clipboard, as a link. */

import { useState } from "preact/hooks";
import { PARAMETERS } from "./described";
import { type Job, discard, make } from "./jobs";
import { type Tile, tileAddress, until } from "./service";
import { Sizes } from "./sizes";
import { useBase } from "./useBase";

const FORMATS = PARAMETERS.find((one) => one.name === "image_format")?.choices ?? [];

export function Keep({ job, tile }: { job: Job; tile: Tile }) {
  const [told, tell] = useState("");
  const [image] = tile.images;
  const made = tile.report.image_format;
  const url = tileAddress(tile);
  const base = useBase(job);
  return (
    <div class="keep">
      <a class="button primary" href={url} download={fileName(tile, base?.name)}>
        Download {made}
      </a>
      {FORMATS.filter((format) => format !== made).map((format) => (
        <button
          key={format}
          type="button"
          title={`Made anew with the same seed, as ${format}`}
          onClick={() => void make({ image_format: format, seed: tile.seed }, job)}
        >
          Make as {format}
        </button>
      ))}
      <Sizes job={job} tile={tile} />
      {canCopy() && (
        <button type="button" onClick={() => void copyImage(url).then(tell)}>
          Copy image
        </button>
      )}
      <button
        type="button"
        onClick={() => void copyText(new URL(url, location.href).href, until(tile)).then(tell)}
      >
        Copy link
      </button>
      <button type="button" onClick={() => void discard(job.id)}>
        Delete
      </button>
      <span class="hint">
        {image.width} × {image.height}, {size(image.file_size)}; kept until {moment(until(tile))}
      </span>
      <span class="hint" role="status">
        {told}
      </span>
    </div>
  );
}

/** Characters taken of a photo's name, as by the command. */
const LONGEST_STEM = 100;

/** Of the prompt, in the name of a file: "brick-wall". */
const WORDS = 2;

/** Named as the command does, `wall.tile.webp`, with the surface where the photo's name lacks it. */
function fileName({ report }: Tile, photo = ""): string {
  const stem = photo
    .replace(/(?<=.)\.[^.]*$/, "")
    .replace(/[^\p{L}\p{N}_. -]/gu, "_")
    .slice(0, LONGEST_STEM);
  const words = report.surface?.matched ?? [];
  const told = words.some((word) => stem.toLowerCase().includes(word));
  const name = [stem, ...(told ? [] : words.slice(0, WORDS))].filter(Boolean).join("-");
  return `${name || "photo"}.tile.${report.image_format}`;
}

const canCopy = (): boolean => "ClipboardItem" in globalThis && Boolean(navigator.clipboard);

/** Clipboards take PNG; what becomes one here has the very pixels of the file. */
async function copyImage(url: string): Promise<string> {
  try {
    const image = fetch(url).then((response) => response.blob()).then(asPng);
    await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
    return "The image is in the clipboard.";
  } catch {
    return "The browser does not let the page copy it; download it instead.";
  }
}

async function asPng(file: Blob): Promise<Blob> {
  const pixels = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [pixels.width, pixels.height];
  canvas.getContext("2d")?.drawImage(pixels, 0, 0);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no image"))), "image/png"),
  );
}

/** What was copied, or where to find it. */
async function copyText(text: string, end: number): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return `The link is in the clipboard. It opens for whoever has it, until ${moment(end)}.`;
  } catch {
    return text;
  }
}

/** An hour of today, or a day and an hour. */
function moment(at: number): string {
  const when = new Date(at);
  const today = when.toDateString() === new Date().toDateString();
  const hour = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return today ? hour : `${when.toLocaleDateString()} ${hour}`;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
