// Charts: the figures lie in an attribute, so that htmx may bring them; ECharts is fetched only by pages that have one.
import { options } from "./chart-options.js";

async function draw(figure, library) {
  const canvas = figure.querySelector(".chart-canvas");
  const data = JSON.parse(figure.dataset.chart);
  canvas.hidden = false;
  figure.querySelector("[data-chart-figures]").open = false;
  const chart = library.init(canvas, null, { renderer: "svg" });
  const paint = () => chart.setOption(options(data, canvas.clientWidth), { notMerge: true });
  paint();
  new ResizeObserver(() => chart.resize()).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

// A chart that cannot be drawn leaves its table of figures open.
async function drawAll(figures) {
  const library = await import(figures[0].dataset.library);
  for (const figure of figures) await draw(figure, library);
}

export function startCharts() {
  const found = [...document.querySelectorAll("[data-chart]")].filter((one) => one.dataset.library);
  if (found.length) drawAll(found);
  document.addEventListener("htmx:afterSettle", (event) => {
    const arrived = [...event.target.querySelectorAll("[data-chart]")].filter((one) => one.dataset.library);
    if (arrived.length) drawAll(arrived);
  });
}
