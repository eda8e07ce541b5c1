/** A control for each parameter of the service, with its default, its help, and what is wrong. */

import type { TargetedKeyboardEvent } from "preact";
import { PARAMETERS, type Parameter } from "./described";
import { DrawnField } from "./drawn";
import { Ratios } from "./ratios";
import { PhotoSlot } from "./slot";
import { PLAIN, type Value, asked, faults, setValue, values } from "./wish";

const NAMES: Readonly<Record<string, string>> = {
  prompt: "What to take from it",
  aspect_ratio: "Shape",
  image_2: "Second photo",
  image_3: "Third photo",
  region: "Surface",
  lora: "LoRA",
  lora_2_url: "Second LoRA",
  lora_3_url: "Third LoRA",
  lora_2_weight: "Weight of the second LoRA",
  lora_3_weight: "Weight of the third LoRA",
  image_format: "File format",
  embed_report: "Report inside the file",
  base64: "Tile as base64",
  webhook_url: "Webhook",
  retention_seconds: "Kept for, in seconds",
};

/** What a person calls it. */
export function label(name: string): string {
  const plain = name.replaceAll("_", " ");
  return NAMES[name] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** Whether words of our own are sent. */
const plain = (): boolean => asked.value !== values.value;

const UNSAID = `A drawn surface needs no words: “${PLAIN}” is sent, unless you say more.`;

export function Field({ name }: { name: string }) {
  const parameter = PARAMETERS.find((one) => one.name === name);
  if (!parameter) return null;
  if (parameter.kind === "photo") return <PhotoSlot name={name} label={label(name)} />;
  if (parameter.kind === "region") return <DrawnField name={name} label={label(name)} />;
  if (name === "aspect_ratio") return <Ratios parameter={parameter} />;
  const help = `${name}-help`;
  const wrong = faults.value.get(name);
  const shared: Shared = {
    id: name,
    name,
    "aria-describedby": wrong ? `${name}-fault ${help}` : help,
    "aria-invalid": wrong ? true : undefined,
  };
  return (
    <div class={parameter.kind === "truth" ? "field truth" : "field"}>
      <label for={name}>{label(name)}</label>
      <Control parameter={parameter} shared={shared} />
      {wrong && <Sentence id={`${name}-fault`} text={wrong} />}
      <p class="hint" id={help}>
        {name === "prompt" && plain() ? UNSAID : parameter.help}
      </p>
    </div>
  );
}

/** Something that is wrong, said where it is. */
export function Sentence({ id, text }: { id: string; text: string }) {
  return (
    <p class="fault" id={id} role="alert">
      {text.charAt(0).toUpperCase() + text.slice(1)}
    </p>
  );
}

interface Shared {
  readonly id: string;
  readonly name: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": true | undefined;
}

function Control({ parameter, shared }: { parameter: Parameter; shared: Shared }) {
  const { name, kind } = parameter;
  const value = values.value[name] ?? parameter.default;
  const text = value === null || value === undefined ? "" : String(value);
  if (name === "prompt") {
    return (
      <textarea
        {...shared}
        rows={3}
        placeholder={plain() ? PLAIN : "Extract brick texture from the wall."}
        value={text}
        onInput={({ currentTarget: { value } }) => setValue(name, value.trim() ? value : undefined)}
        onKeyDown={submitOnEnter}
      />
    );
  }
  if (kind === "truth") {
    return (
      <input
        {...shared}
        type="checkbox"
        checked={value === true}
        onChange={(event) => setValue(name, event.currentTarget.checked)}
      />
    );
  }
  if (kind === "choice") return <Choice parameter={parameter} shared={shared} text={text} />;
  const placeholder = parameter.default === null ? "unset" : "";
  const give = (given: string, value: Value) => setValue(name, given === "" ? undefined : value);
  if (kind === "whole" || kind === "number") {
    return (
      <input
        {...shared}
        {...range(parameter)}
        type="number"
        placeholder={placeholder}
        value={text}
        onInput={({ currentTarget: { value } }) => give(value, Number(value))}
      />
    );
  }
  return (
    <input
      {...shared}
      type="text"
      placeholder={placeholder}
      value={text}
      onInput={({ currentTarget: { value } }) => give(value, value)}
    />
  );
}

function range({ kind, minimum, maximum }: Parameter) {
  return {
    step: kind === "whole" ? 1 : "any",
    ...(minimum !== null && { min: minimum }),
    ...(maximum !== null && { max: maximum }),
  };
}

function Choice(props: { parameter: Parameter; shared: Shared; text: string }) {
  const { parameter, shared, text } = props;
  return (
    <select
      {...shared}
      value={text}
      onChange={(event) => setValue(parameter.name, event.currentTarget.value || undefined)}
    >
      {parameter.default === null && <option value="">unset</option>}
      {parameter.choices.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  );
}

function submitOnEnter(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
