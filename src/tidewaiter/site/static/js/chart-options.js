// From the figures of a Chart (platform/pages/charts.py) to the options of ECharts, in the theme's colours.
const LANES = ["red", "orange", "yellow", "blue", "green"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect"];

// Tokens are light-dark(): an element's computed colour gives the one that is in force.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function palette() {
  return ["accent", "orange", "green", "blue", "yellow", "red"].map(colour);
}

function toneOf(tone, at, colours) {
  if (LANES.includes(tone)) return colour(tone);
  if (tone === "bad") return colour("red");
  if (tone === "good") return colour("green");
  if (tone === "neutral") return colour("ink-3");
  return colours[at % colours.length];
}

function writer(data) {
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(`${language}-u-nu-latn`, { maximumFractionDigits: data.places });
  const short = new Intl.NumberFormat(`${language}-u-nu-latn`, { notation: "compact" });
  return {
    full: (value) => {
      if (value === null || value === undefined) return "–";
      if (data.unit === "percent") return `${number.format(value * 100)} %`;
      return data.unit === "money" ? `${number.format(value)} ${data.currency}` : number.format(value);
    },
    axis: (value) => (data.unit === "percent" ? `${number.format(value * 100)} %` : short.format(value)),
  };
}

function band(series, tint) {
  const flat = { type: "line", stack: `band-${series.name}`, symbol: "none", silent: true, tooltip: { show: false }, lineStyle: { opacity: 0 } };
  return [
    { ...flat, data: series.low },
    { ...flat, data: series.high.map((high, at) => high - series.low[at]), areaStyle: { color: tint, opacity: 0.16 } },
  ];
}

function lineOrBar(series, at, data, tint) {
  const quiet = series.tone === "neutral";
  const few = data.categories.length <= 20;
  const drawn = {
    name: series.name, type: data.kind, data: series.values, color: tint,
    stack: data.stacked ? "all" : undefined, barMaxWidth: 36,
    symbol: SYMBOLS[at % SYMBOLS.length], symbolSize: 7, showSymbol: few, showAllSymbol: few, lineStyle: { width: 2, type: quiet ? "dashed" : "solid" },
  };
  return series.low.length && data.kind === "line" ? [...band(series, tint), drawn] : [drawn];
}

function scatter(series, at, data, tint) {
  return [{
    name: series.name, type: "scatter", color: tint, symbol: SYMBOLS[at % SYMBOLS.length], symbolSize: 9,
    data: series.values.map((value, place) => [data.categories[place], value]),
  }];
}

function heatmap(data, ink) {
  const points = data.series.flatMap((series, row) => series.values.map((value, at) => [at, row, value]));
  const written = ({ value }) => writer(data).full(value[2]);
  return [{ type: "heatmap", data: points, label: { show: points.length <= 120, color: ink, textBorderWidth: 0, formatter: written }, itemStyle: { borderWidth: 2, borderColor: colour("surface-1") } }];
}

function seriesOf(data, ink) {
  const colours = palette();
  if (data.kind === "heatmap") return heatmap(data, ink);
  const make = data.kind === "scatter" ? scatter : lineOrBar;
  return data.series.flatMap((series, at) => make(series, at, data, toneOf(series.tone, at, colours)));
}

// Names beside horizontal bars: as wide as the longest, at most two fifths of the figure, cut off
// with an ellipsis. Text is measured in another font than it is drawn in: the grid leaves a tenth more.
function namesWide(data, wide) {
  const longest = Math.max(0, ...data.categories.map((name) => name.length));
  return Math.min(7.5 * longest, 260, wide * 0.4);
}

function gridOf(data, wide, rtl, top) {
  if (!data.horizontal) return { top, bottom: data.kind === "scatter" ? 24 : 4, left: 4, right: 12, containLabel: true };
  const [near, far] = rtl ? ["right", "left"] : ["left", "right"];
  return { top, bottom: 24, [near]: 1.1 * namesWide(data, wide) + 24, [far]: 24 };
}

function axes(data, write, rtl, wide) {
  const text = { color: colour("ink-2"), fontFamily: "inherit", fontSize: 11, hideOverlap: true };
  const named = data.horizontal ? { ...text, width: namesWide(data, wide), overflow: "truncate" } : text;
  const line = { lineStyle: { color: colour("line") } };
  const names = { type: "category", data: data.categories, axisLabel: named, axisLine: line, axisTick: { show: false }, inverse: rtl && !data.horizontal };
  const values = { type: "value", axisLabel: { ...text, formatter: write.axis }, splitLine: line, position: rtl && !data.horizontal ? "right" : undefined };
  if (data.kind === "heatmap") {
    return [names, { type: "category", data: data.series.map((one) => one.name), axisLabel: text, axisLine: line, axisTick: { show: false }, inverse: true, position: rtl ? "right" : undefined }];
  }
  if (data.kind === "scatter") return [{ ...values, position: undefined, name: data.axis, nameLocation: "middle", nameGap: 24, nameTextStyle: text, axisLabel: text, scale: true, inverse: rtl }, values];
  return data.horizontal ? [{ ...values, inverse: rtl }, { ...names, inverse: true, position: rtl ? "right" : undefined }] : [names, values];
}

// How many lines a legend takes in a figure of this width: it wraps by itself, the grid does not move.
function legendLines(names, wide) {
  let lines = 1;
  let used = 0;
  for (const name of names) {
    const size = 40 + 6.2 * name.length;
    if (used && used + size > wide) {
      lines += 1;
      used = 0;
    }
    used += size;
  }
  return lines;
}

// wide: pixels that the figure has.
export function options(data, wide) {
  const write = writer(data);
  const rtl = document.documentElement.dir === "rtl";
  const ink = colour("ink");
  const [xAxis, yAxis] = axes(data, write, rtl, wide);
  const shown = data.series.map((series) => series.name);
  const legend = data.kind !== "heatmap" && shown.length > 1;
  const counts = data.series.flatMap((series) => series.values.filter((value) => value !== null));
  return {
    aria: { enabled: false },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    grid: gridOf(data, wide, rtl, legend ? 16 + 18 * legendLines(shown, wide) : 12),
    legend: legend ? { data: shown, top: 0, [rtl ? "right" : "left"]: 0, itemHeight: 10, textStyle: { color: ink, fontSize: 12 } } : undefined,
    tooltip: {
      // Rich text: the HTML kind would write style attributes, which the content policy forbids.
      renderMode: "richText", trigger: ["scatter", "heatmap"].includes(data.kind) ? "item" : "axis",
      backgroundColor: colour("surface-1"), borderColor: colour("line-strong"), textStyle: { color: ink, fontSize: 12 },
      valueFormatter: write.full, axisPointer: { type: data.kind === "bar" ? "shadow" : "line" },
    },
    visualMap: data.kind === "heatmap" ? { show: false, min: 0, max: Math.max(1, ...counts), inRange: { color: [colour("surface-2"), colour("accent-tint"), colour("blue-tint"), colour("orange-tint")] } } : undefined,
    xAxis, yAxis,
    series: seriesOf(data, ink),
  };
}
