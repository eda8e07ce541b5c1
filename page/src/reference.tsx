/** What the service takes and answers, read from its own published description. */

import { useEffect, useState } from "preact/hooks";
import { FAULTS, SLUG } from "./described";
import { read } from "./service";
import { Table } from "./table";

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly tags?: readonly string[];
  readonly description?: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export function Reference() {
  const [told, tell] = useState<Description>();
  const [wrong, say] = useState("");
  useEffect(() => {
    read<Description>("openapi.json").then(tell, (error: Error) => say(error.message));
  }, []);
  if (wrong) return <p class="fault" role="alert">{wrong}</p>;
  if (!told) return <p role="status">Loading…</p>;
  return (
    <div class="reference">
      <h3>Parameters</h3>
      <Table head={["name", "default", "takes", "meaning"]} rows={parameters(told)} />
      <h3>A job</h3>
      <Table head={["field", "type", "meaning"]} rows={fields(told, "JobStatus")} />
      <h3>Errors</h3>
      <p class="hint">
        Every error has a sentence in <code>error</code> and a stable word in <code>code</code>.
      </p>
      <Table
        head={["code", "HTTP", "meaning"]}
        rows={FAULTS.map((one) => [<code>{one.code}</code>, one.status, one.meaning])}
      />
      <h3>Addresses</h3>
      <Table head={["address", "what it does", "answers"]} rows={addresses(told)} />
      <p class="hint">
        Version {told.info.version}. The whole of it: <a href="openapi.json">openapi.json</a>, or as
        a <a href="docs">page</a>.
      </p>
    </div>
  );
}

function parameters({ paths }: Description) {
  const body = paths["/v2/{slug}"]?.post?.requestBody?.content["application/json"]?.schema;
  return Object.entries(body?.properties ?? {}).map(([name, one]) => [
    <code>{name}</code>,
    body?.required?.includes(name) ? "required" : usual(one.default),
    taken(one),
    one.description ?? "",
  ]);
}

function usual(value: unknown) {
  return value === null || value === undefined ? "unset" : <code>{JSON.stringify(value)}</code>;
}

/** What may be given, in few words. */
function taken(schema: Schema): string {
  const given = schema.anyOf?.find((one) => one.type !== "null") ?? schema;
  if (given.enum) return given.enum.join(", ");
  if (given.const !== undefined) return String(given.const);
  if (given.minimum !== undefined) return `${given.minimum} to ${given.maximum}`;
  if (given.maxLength !== undefined) return `up to ${given.maxLength} characters`;
  return given.type ?? "";
}

function fields({ components }: Description, name: string) {
  return Object.entries(components.schemas[name]?.properties ?? {}).map(([field, one]) => [
    <code>{field}</code>,
    (one.anyOf ?? [one]).map((kind) => kind.type ?? "any").join(" or "),
    one.description ?? "",
  ]);
}

function addresses({ paths }: Description) {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, one]) => [
      <code>
        {method.toUpperCase()} {path.replace("{slug}", SLUG)}
      </code>,
      one.description ?? "",
      Object.keys(one.responses).join(", "),
    ]),
  );
}
