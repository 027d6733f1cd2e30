/** Charts: where points land, what the axes say, and what happens without data. */
import { describe, expect, it } from "vitest";
import { movingAverage, svgCurve, type Series } from "./svg.ts";

const line: Series = {
  name: "reward",
  points: [
    [0, 0],
    [10, 1],
  ],
};
const paths = (svg: string): string[] =>
  [...svg.matchAll(/<path d="([^"]+)" fill="none"/g)].map((match) => match[1]!);
const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]!);

describe("svgCurve", () => {
  it("puts the extremes into the corners of the plot", () => {
    const svg = svgCurve({ title: "t", series: [line], width: 640, height: 320 });
    expect(paths(svg)).toEqual(["M56.0 276.0h0L624.0 52.0"]);
  });

  it("labels round numbers that enclose the data and what must be included", () => {
    const svg = svgCurve({
      title: "t",
      series: [
        {
          name: "x",
          points: [
            [0, 0.31],
            [4, 0.52],
          ],
        },
      ],
      include: [0, 1],
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "4"]));
    const small = texts(
      svgCurve({
        title: "t",
        series: [
          {
            name: "x",
            points: [
              [0, 1e-6],
              [1, 3e-6],
            ],
          },
        ],
      }),
    );
    expect(small).toContain("1.0e-6");
  });

  it("leaves gaps at values without signal, and keeps single points visible", () => {
    const points = [
      [0, 0],
      [1, NaN],
      [2, 1],
      [3, NaN],
      [4, 0],
      [5, 1],
    ] as const;
    expect(
      paths(svgCurve({ title: "t", series: [{ name: "x", points }] }))[0]!.match(/M[^M]*/g),
    ).toHaveLength(3);
  });

  it.each([
    ["no series", []],
    ["no points", [{ name: "x", points: [] }]],
    ["only gaps", [{ name: "x", points: [[0, NaN]] as const, band: [[0, NaN, NaN]] as const }]],
  ])("says so when there is no data: %s", (_, series) => {
    const svg = svgCurve({ title: "t", series });
    expect(texts(svg)).toContain("no data");
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("survives one point and a constant", () => {
    for (const points of [
      [[3, 2]],
      [
        [0, 5],
        [1, 5],
      ],
    ] as const) {
      const svg = svgCurve({ title: "t", series: [{ name: "x", points }] });
      expect(svg).not.toMatch(/NaN|Infinity/);
      expect(paths(svg)).toHaveLength(1);
    }
  });

  it("names several lines and none of the faint ones", () => {
    const svg = svgCurve({
      title: "t",
      series: [{ ...line, name: "raw", faint: true }, line, { ...line, name: "b" }],
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(["reward", "b"]));
    expect(texts(svg)).not.toContain("raw");
    expect(texts(svgCurve({ title: "t", series: [line] }))).not.toContain("reward");
  });

  it("shades a band", () => {
    const svg = svgCurve({
      title: "t",
      series: [
        {
          ...line,
          band: [
            [0, 0, 0.5],
            [10, 0.5, 1],
          ],
        },
      ],
    });
    expect(svg).toMatch(/<path d="M56\.0 164\.0L624\.0 52\.0L624\.0 164\.0L56\.0 276\.0Z"/);
  });
});

it("averages over the points so far and passes over gaps", () => {
  const points = [
    [0, 2],
    [1, 4],
    [2, NaN],
    [3, 6],
  ] as const;
  expect(movingAverage(points, 2)).toEqual([
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 6],
  ]);
});
