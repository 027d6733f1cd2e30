/** Line charts as hand-written SVG: for reports and for the pictures of the README. */
import { escapeText } from "./html.ts";

export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  /** In order of x. Points that are not finite leave a gap. */
  readonly points: readonly Point[];
  /** Shaded around the line: x, lower bound, upper bound. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  readonly color?: string;
  /** Thin and pale: for raw values behind a smoothed line; not in the legend. */
  readonly faint?: boolean;
}

export interface CurveOptions {
  readonly title: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly series: readonly Series[];
  /** Includes these values on the y axis, for instance [0, 1] for a rate. */
  readonly include?: readonly number[];
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** Okabe and Ito's colours, told apart with any colour vision. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const MARGIN = { left: 56, right: 16, top: 52, bottom: 44 };
const FONT = 'font-family="system-ui, sans-serif"';

/** A chart as one SVG element that needs nothing else. Text is escaped. Without a finite point it says "no data". */
export function svgCurve(options: CurveOptions): string {
  const { title, xLabel = "", yLabel = "", series, include = [], width = 640, height = 320 } = options;
  const finite = series.flatMap(({ points }) => points.filter(isFinitePoint));
  const bounds = series.flatMap(({ band = [] }) => band.flatMap(([, low, high]) => [low, high]));
  const yTicks = ticks([...finite.map(([, y]) => y), ...bounds, ...include].filter(Number.isFinite));
  const xTicks = ticks(finite.map(([x]) => x));
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  // The x axis ends with the data; the y axis at its ticks.
  const xRange = extent(finite.map(([x]) => x));
  const yRange = extent(yTicks);
  const xAt = (x: number): number => MARGIN.left + scale(x, xRange) * inner.width;
  const yAt = (y: number): number => MARGIN.top + (1 - scale(y, yRange)) * inner.height;

  const colorOf = (index: number): string => series[index]!.color ?? COLORS[index % COLORS.length]!;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#ffffff"/>`,
    label(MARGIN.left, 22, title, 'font-size="15" font-weight="600"'),
    ...yTicks.map((y) => gridLine(MARGIN.left, yAt(y), width - MARGIN.right, formatTick(y, yTicks))),
    ...xTicks
      .filter((x) => x >= xRange[0] && x <= xRange[1])
      .map((x) =>
        label(
          xAt(x),
          height - MARGIN.bottom + 16,
          formatTick(x, xTicks),
          'font-size="11" text-anchor="middle"',
        ),
      ),
    label(MARGIN.left + inner.width / 2, height - 8, xLabel, 'font-size="12" text-anchor="middle"'),
    label(12, MARGIN.top - 10, yLabel, 'font-size="12"'),
  ];
  if (finite.length === 0)
    parts.push(label(width / 2, height / 2, "no data", 'font-size="13" text-anchor="middle"'));
  series.forEach((one, index) => {
    if (one.band !== undefined) parts.push(bandPath(one.band, colorOf(index), xAt, yAt));
    parts.push(linePath(one, colorOf(index), xAt, yAt));
  });
  parts.push(...legend(series, colorOf, width), "</svg>");
  return parts.filter(Boolean).join("\n");
}

/** Mean of the `window` points up to each one. */
export function movingAverage(points: readonly Point[], window: number): Point[] {
  return points.map(([x], index) => {
    const recent = points.slice(Math.max(0, index - window + 1), index + 1).filter(isFinitePoint);
    return [x, recent.reduce((sum, [, y]) => sum + y, 0) / recent.length];
  });
}

function isFinitePoint([x, y]: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function linePath(
  { points, faint = false }: Series,
  color: string,
  xAt: (x: number) => number,
  yAt: (y: number) => number,
): string {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (!isFinitePoint(point)) {
      pen = "M";
      continue;
    }
    path += `${pen}${xAt(point[0]).toFixed(1)} ${yAt(point[1]).toFixed(1)}`;
    // A point between two gaps would be invisible without a length.
    if (pen === "M") path += "h0";
    pen = "L";
  }
  if (path === "") return "";
  const stroke = faint ? 'stroke-width="1" stroke-opacity="0.35"' : 'stroke-width="2"';
  return `<path d="${path}" fill="none" stroke="${escapeText(color)}" ${stroke} stroke-linecap="round" stroke-linejoin="round"/>`;
}

function bandPath(
  band: NonNullable<Series["band"]>,
  color: string,
  xAt: (x: number) => number,
  yAt: (y: number) => number,
): string {
  const whole = band.filter((bounds) => bounds.every(Number.isFinite));
  if (whole.length === 0) return "";
  const at = (x: number, y: number): string => `${xAt(x).toFixed(1)} ${yAt(y).toFixed(1)}`;
  const upper = whole.map(([x, , high]) => at(x, high));
  const lower = whole.map(([x, low]) => at(x, low)).reverse();
  return `<path d="M${[...upper, ...lower].join("L")}Z" fill="${escapeText(color)}" fill-opacity="0.15"/>`;
}

function legend(series: readonly Series[], colorOf: (index: number) => string, width: number): string[] {
  const named = series.map((one, index) => ({ ...one, index })).filter(({ faint }) => faint !== true);
  if (named.length < 2) return [];
  let right = width - MARGIN.right;
  return named.reverse().flatMap(({ name, index }) => {
    const left = right - (name.length * 7.2 + 22);
    right = left - 12;
    return [
      `<rect x="${left.toFixed(1)}" y="32" width="14" height="4" rx="2" fill="${escapeText(colorOf(index))}"/>`,
      label(left + 18, 38, name, 'font-size="12"'),
    ];
  });
}

function label(x: number, y: number, text: string, attributes: string): string {
  if (text === "") return "";
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${FONT} fill="#24292f" ${attributes}>${escapeText(text)}</text>`;
}

function gridLine(left: number, y: number, right: number, text: string): string {
  const line = `<path d="M${left} ${y.toFixed(1)}H${right}" stroke="#d0d7de" stroke-width="1"/>`;
  return `${line}${label(left - 6, y + 4, text, 'font-size="11" text-anchor="end"')}`;
}

function extent(values: readonly number[]): readonly [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return low < high ? [low, high] : Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
}

function scale(value: number, [low, high]: readonly [number, number]): number {
  return (value - low) / (high - low);
}

/** About five round numbers that enclose the values. */
function ticks(values: readonly number[]): number[] {
  const [low, high] = extent(values);
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function formatTick(value: number, all: readonly number[]): string {
  const step = Math.abs(all[1]! - all[0]!);
  const largest = Math.max(...all.map(Math.abs));
  if (largest >= 1e6 || step < 1e-4) return value.toExponential(1);
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
