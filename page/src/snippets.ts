/** A request as programs in several languages: each makes the very tile that the form would. */

import { PARAMETERS, SLUG } from "./described";
import type { Values } from "./wish";

/** A photo as code names it: a file beside the program, or an address. */
export type Source = { readonly file: string } | { readonly url: string };

export interface Request {
  /** The address of the service, without a slash at its end. */
  readonly service: string;
  /** Whether a key is needed. It stays in a variable of the environment. */
  readonly keyed: boolean;
  readonly values: Values;
  readonly photos: Readonly<Record<string, Source>>;
}

const ENDINGS: Readonly<Record<string, string>> = { jpeg: "jpg" };
const VARIABLE = "TILEWRIGHT_API_KEY";

/** Where the tile goes; its ending is that of its format. */
function tileName({ values }: Request): string {
  const usual = PARAMETERS.find((one) => one.name === "image_format")?.default;
  const format = String(values.image_format ?? usual);
  return `tile.${ENDINGS[format] ?? format}`;
}

const python = (value: unknown): string =>
  value === true ? "True" : value === false ? "False" : JSON.stringify(value);

/** One word for a shell, whatever is in it. */
const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const asText = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join("");

export function inPython(request: Request): string {
  const photos = Object.entries(request.photos).map(
    ([name, one]) => `${name}=${python("url" in one ? one.url : one.file)},`,
  );
  const values = Object.entries(request.values).map(([name, one]) => `${name}=${python(one)},`);
  const note = request.keyed ? `  # the key is taken from ${VARIABLE}` : "";
  return `import tilewright

client = tilewright.Client(base_url=${python(request.service)})${note}
job = client.submit_async(
    ${python(SLUG)},
${indented([...values, ...photos])})
job.save(${python(tileName(request))})
`;
}

export function inSdk(request: Request): string {
  const photos = Object.entries(request.photos).map(([name, one]) =>
    "url" in one
      ? `${name}=${python(one.url)},`
      : `${name}=base64.b64encode(Path(${python(one.file)}).read_bytes()).decode(),`,
  );
  const values = Object.entries(request.values).map(([name, one]) => `${name}=${python(one)},`);
  const key = request.keyed ? `api_key=os.environ[${python(VARIABLE)}], ` : "";
  const needs = [
    ...(Object.values(request.photos).some((one) => "file" in one) ? ["import base64\n"] : []),
    ...(request.keyed ? ["import os\n"] : []),
  ];
  return `${needs.join("")}from pathlib import Path

import httpx
from segmind import SegmindClient

client = SegmindClient(${key}base_url=${python(`${request.service}/v1`)})
result = client.run(
    ${python(SLUG)},
${indented([...values, ...photos])})
tile = httpx.get(result["images"][0]["url"]).raise_for_status()
Path(${python(tileName(request))}).write_bytes(tile.content)
`;
}

export function inJavaScript(request: Request): string {
  const js = JSON.stringify;
  const values = Object.entries(request.values).map(
    ([name, one]) => `form.set(${js(name)}, ${js(asText(one))});\n`,
  );
  const photos = Object.entries(request.photos).map(([name, one]) =>
    "url" in one
      ? `form.set(${js(name)}, ${js(one.url)});\n`
      : `form.set(${js(name)}, new Blob([await readFile(${js(one.file)})]), ${js(one.file)});\n`,
  );
  const local = Object.values(request.photos).some((one) => "file" in one);
  const headers = request.keyed ? `{ "x-api-key": process.env.${VARIABLE} }` : "{}";
  return `// node tile.mjs
import { ${local ? "readFile, " : ""}writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const service = ${js(request.service)};
const headers = ${headers};

async function ask(path, how = {}) {
  const response = await fetch(service + path, { headers, ...how });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

const form = new FormData();
${[...values, ...photos].join("")}
let job = await ask(${js(`/v2/${SLUG}`)}, { method: "POST", body: form });
do {
  await pause(1000);
  job = await ask(\`/v2/requests/\${job.request_id}\`);
} while (job.status !== "COMPLETED");

const tile = await fetch(job.images[0].url);
await writeFile(${js(tileName(request))}, Buffer.from(await tile.arrayBuffer()));
`;
}

export function inCurl(request: Request): string {
  const photos = Object.entries(request.photos).map(([name, one]) =>
    "url" in one
      ? `--form-string ${shell(`${name}=${one.url}`)}`
      : `-F ${shell(`${name}=@"${one.file.replace(/["\\]/g, "\\$&")}"`)}`,
  );
  const values = Object.entries(request.values).map(
    ([name, one]) => `--form-string ${shell(`${name}=${asText(one)}`)}`,
  );
  const ask = `curl -sS --fail-with-body${request.keyed ? ` -H "x-api-key: $${VARIABLE}"` : ""}`;
  return `service=${shell(request.service)}
reply=$(${ask} "$service/v2/${SLUG}" \\
  ${[...values, ...photos].join(" \\\n  ")}) &&
id=$(printf %s "$reply" | grep -o '"request_id":"[^"]*' | cut -d '"' -f 4) &&
until ${ask} "$service/v2/requests/$id/status" |
  grep -qE '"status":"(COMPLETED|FAILED)"'; do sleep 1; done &&
reply=$(${ask} "$service/v2/requests/$id") &&
url=$(printf %s "$reply" | grep -o '"url":"[^"]*' | cut -d '"' -f 4) &&
curl -sS --fail-with-body -o ${tileName(request)} "$url" ||
{ printf '%s\\n' "$reply" >&2; false; }
`;
}

export function inCommand(request: Request): string {
  const known = (name: string) => PARAMETERS.find((one) => one.name === name);
  const option = (name: string) => known(name)?.option;
  const values = Object.entries(request.values).flatMap(([name, one]) => {
    const flag = option(name);
    if (!flag || one === known(name)?.default) return [];
    return typeof one === "boolean" ? [flag] : [`${flag}=${shell(asText(one))}`];
  });
  const path = (one: Source) => ("url" in one ? one.url : one.file.replace(/^-/, "./-"));
  const [base, ...others] = Object.entries(request.photos).map(([name, one]) => ({
    flag: option(name),
    photo: shell(path(one)),
  }));
  const lines = [
    `tilewright extract ${base?.photo ?? ""}`,
    ...others.map(({ flag, photo }) => `${flag}=${photo}`),
    ...values,
    `--url=${shell(request.service)} -o ${tileName(request)}`,
  ];
  const note = request.keyed ? `# the key is taken from ${VARIABLE}\n` : "";
  return `${note}${lines.join(" \\\n  ")}\n`;
}
