/** The shapes of a tile, drawn as what they are. */

import { type Parameter, SIZES } from "./described";
import { Sentence } from "./fields";
import { faults, setValue, values } from "./wish";

const LONG = 22;

export function Ratios({ parameter }: { parameter: Parameter }) {
  const { name, choices } = parameter;
  const chosen = values.value[name] ?? parameter.default;
  const wrong = faults.value.get(name);
  return (
    <fieldset class="ratios" aria-describedby={wrong ? `${name}-fault` : undefined}>
      <legend>Shape</legend>
      <div>
        {choices.map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name={name}
              value={choice}
              checked={choice === chosen}
              aria-invalid={wrong ? true : undefined}
              onChange={() => setValue(name, choice)}
            />
            <RatioMark choice={choice} />
            <span>{ratioName(choice)}</span>
          </label>
        ))}
      </div>
      {wrong && <Sentence id={`${name}-fault`} text={wrong} />}
    </fieldset>
  );
}

/** What a person calls it. */
export const ratioName = (choice: string): string =>
  choice === "match_input_image" ? "As photo" : choice;

/** Its outline. */
export function RatioMark({ choice }: { choice: string }) {
  const [width, height] = SIZES[choice] ?? [4, 3];
  const scale = LONG / Math.max(width, height);
  const [across, down] = [width * scale, height * scale];
  return (
    <svg width="26" height="26" viewBox="-13 -13 26 26" aria-hidden="true">
      <rect
        x={-across / 2}
        y={-down / 2}
        width={across}
        height={down}
        rx="2"
        stroke-dasharray={choice in SIZES ? undefined : "3 2"}
      />
    </svg>
  );
}
