/** What the model endpoint counts and times, in the text form that Prometheus reads. */

export interface EndpointMetrics {
  request(endpoint: string, status: number): void;
  /** One generation, when it is over. */
  generation(counts: { promptTokens: number; newTokens: number; cancelled: boolean }): void;
  /** Seconds from the request to its first token, and to its last. */
  firstToken(seconds: number): void;
  whole(seconds: number): void;
  text(gauges: Readonly<Record<string, number>>): string;
}

const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

interface Histogram {
  add(value: number): void;
  lines(name: string): string[];
}

function histogram(): Histogram {
  const counts = BOUNDS.map(() => 0);
  let [count, sum] = [0, 0];
  return {
    add(value) {
      count++;
      sum += value;
      BOUNDS.forEach((bound, i) => {
        if (value <= bound) counts[i] = counts[i]! + 1;
      });
    },
    lines: (name) => [
      `# TYPE ${name} histogram`,
      ...BOUNDS.map((bound, i) => `${name}_bucket{le="${bound}"} ${counts[i]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ],
  };
}

export function createEndpointMetrics(): EndpointMetrics {
  const requests = new Map<string, number>();
  const totals = { prompt_tokens: 0, generation_tokens: 0, generations: 0, generations_cancelled: 0 };
  const first = histogram();
  const whole = histogram();
  return {
    request(endpoint, status) {
      const key = `endpoint="${endpoint}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
    },
    generation({ promptTokens, newTokens, cancelled }) {
      totals.prompt_tokens += promptTokens;
      totals.generation_tokens += newTokens;
      totals.generations++;
      if (cancelled) totals.generations_cancelled++;
    },
    firstToken: (seconds) => first.add(seconds),
    whole: (seconds) => whole.add(seconds),
    text(gauges) {
      const lines = [
        "# TYPE ironbark_endpoint_requests_total counter",
        ...[...requests].map(([key, count]) => `ironbark_endpoint_requests_total{${key}} ${count}`),
        ...Object.entries(totals).flatMap(([name, count]) => [
          `# TYPE ironbark_endpoint_${name}_total counter`,
          `ironbark_endpoint_${name}_total ${count}`,
        ]),
        ...Object.entries(gauges).flatMap(([name, value]) => [
          `# TYPE ironbark_endpoint_${name} gauge`,
          `ironbark_endpoint_${name} ${value}`,
        ]),
        ...first.lines("ironbark_endpoint_time_to_first_token_seconds"),
        ...whole.lines("ironbark_endpoint_request_seconds"),
      ];
      return `${lines.join("\n")}\n`;
    },
  };
}
