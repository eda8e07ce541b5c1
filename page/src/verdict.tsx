/** How good the tile is, in words and in marks, and how it was made. */

import { GOOD, MEANINGS, POOR, type Report } from "./described";
import { percent } from "./judge";
import type { Tile } from "./service";

const MARKS = ["seam", "repetition", "sharpness", "fidelity", "structure", "overall"] as const;

export function Verdict({ tile }: { tile: Tile }) {
  const { report } = tile;
  const { score } = report;
  return (
    <section class="verdict" aria-label="How good it is">
      <h2>{score.words[0]}</h2>
      {score.words.slice(1).map((words) => (
        <p key={words}>{words}</p>
      ))}
      <dl class="marks">
        {MARKS.map((name) => (
          <Mark key={name} name={name} value={score[name]} />
        ))}
      </dl>
      {report.notes.length > 0 && (
        <ul class="notes">
          {report.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>How it was made</summary>
        <dl class="facts">
          {facts(report).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

/** One that was not measured is not shown. */
function Mark({ name, value }: { name: string; value: number | null | undefined }) {
  if (value === null || value === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <meter
          min="0"
          max="1"
          low={POOR}
          high={GOOD}
          optimum={1}
          value={value}
          aria-label={name}
        />
        <b>{value.toFixed(2)}</b>
        <span class="hint">{MEANINGS[name]}</span>
      </dd>
    </div>
  );
}

function facts(report: Report): [string, string][] {
  const { surface } = report;
  const seconds = report.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const found: [string, string | null | undefined][] = [
    ["Asked for", report.prompt],
    ["Surface", surface && `${percent(surface.share)} of the photo`],
    ["Sure of it", surface && !surface.drawn ? percent(surface.confidence) : null],
    ["Words understood", surface?.matched.join(", ")],
    ["Words not known", surface?.unknown?.join(", ")],
    ["Straightened", report.straightened],
    ["Method", report.method],
    ["Scale", report.scale === null ? null : `${report.scale.toFixed(2)} texels for each pixel`],
    ["Seed", String(report.seed)],
    ["Engine", `${report.engine} ${report.engine_version}`],
    ["Time", `${seconds.toFixed(1)} s`],
  ];
  return found.filter((one): one is [string, string] => Boolean(one[1]));
}
