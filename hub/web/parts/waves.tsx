import type { ComponentChildren } from "preact";
import type { RolloutView } from "../../../common/domain/index.ts";
import { type WaveView, waveParts, waveText } from "../rollout-news.ts";

const signs: Readonly<Record<WaveView["state"], string>> = {
  pending: "",
  current: "now",
  passed: "✓",
  skipped: "skipped",
};

/** How far each wave is: a bar, and the same in words. */
export function Waves({ waves, details = () => null }: WavesProps) {
  return (
    <ol class="waves">
      {waves.map((wave) => (
        <li key={wave.name} class={wave.state}>
          <span class="name">{wave.name}</span>
          <span class="faint">{signs[wave.state]}</span>
          <WaveBar wave={wave} />
          <span class="text">{waveText(wave)}</span>
          <div class="details">{details(wave.name)}</div>
        </li>
      ))}
    </ol>
  );
}

interface WavesProps {
  readonly waves: RolloutView["waves"];
  /** More of a wave, by its name. */
  readonly details?: (wave: string) => ComponentChildren;
}

function WaveBar({ wave }: { readonly wave: WaveView }) {
  const { total } = wave.clusters;
  let at = 0;
  return (
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      {waveParts.map(({ key, tone }) => {
        const width = total === 0 ? 0 : (100 * wave.clusters[key]) / total;
        const x = at;
        at += width;
        return width === 0 ? null : <rect key={key} class={tone} x={x} y="0" width={width} height="6" />;
      })}
    </svg>
  );
}
