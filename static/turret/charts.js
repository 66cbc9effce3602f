// Draws the figures with a .chart-plot, each from the table in it, with Chart.js.
//
// A column is drawn as its th[data-draw] says, "bars", "hollow" (bars without a filling), "line",
// "dashed" or "dotted", in the colour token of data-colour, or else --series-1, --series-2, … by
// place. The th's abbr follows a value that is read out: "412 messages". The th of a row holds a
// day, time[datetime], or words, with an abbr that fits an axis; a cell has its value in
// data-value, or none. Of the figure, data-days says how many days a row is about, data-stacked
// that bars stand on each other, and data-shares that values are shares.

const DAY = 86_400_000;
const DASHES = { dashed: [6, 4], dotted: [2, 4] };

const shortDay = dayFormat({ day: "numeric", month: "short" });
const monthOfYear = dayFormat({ month: "short", year: "numeric" });
const longDay = dayFormat({ weekday: "short", day: "numeric", month: "long", year: "numeric" });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

// As the page writes days and numbers.
function dayFormat(options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
}

// Read whenever a chart is drawn, so that it follows the colour scheme.
function token(name) {
  return ({ chart }) => getComputedStyle(chart.canvas).getPropertyValue(`--${name}`);
}

function rowsOf(table, days) {
  const rows = [...table.tBodies[0].rows].map((row) => {
    const [head, ...cells] = row.cells;
    const time = head.querySelector("time");
    const first = time && Date.parse(time.dateTime);
    return {
      cells,
      first,
      name: time ? longDay.formatRange(first, first + (days - 1) * DAY) : head.textContent,
      tick: time ? "" : head.abbr || head.textContent,
    };
  });
  return rows.sort((one, other) => one.first - other.first);
}

function nameTicks(rows) {
  if (!rows.length || rows[0].first === null) return;
  const format = rows.at(-1).first - rows[0].first > 330 * DAY ? monthOfYear : shortDay;
  for (const row of rows) row.tick = format.format(row.first);
}

// "412 messages", "12 % of all (45)", or of a column without an abbr "sign_up: 412".
function spoken(cell, head) {
  const [value, note] = [...cell.childNodes].map((node) => node.textContent);
  const said = head.abbr ? `${value} ${head.abbr}` : `${head.textContent}: ${value}`;
  return note ? `${said} (${note})` : said;
}

function seriesOf(table, rows) {
  const drawn = [...table.tHead.rows[0].cells].filter((head) => head.dataset.draw);
  return drawn.map((head, place) => {
    const cells = rows.map((row) => row.cells[head.cellIndex - 1]);
    const colour = token(head.dataset.colour ?? `series-${place + 1}`);
    return {
      said: cells.map((cell) => spoken(cell, head)),
      data: cells.map((cell) => ("value" in cell.dataset ? Number(cell.dataset.value) : null)),
      ...look(head.dataset.draw, colour),
    };
  });
}

function look(draw, colour) {
  if (draw === "bars" || draw === "hollow") {
    return {
      type: "bar",
      backgroundColor: draw === "bars" ? colour : "transparent",
      hoverBackgroundColor: draw === "bars" ? token("accent-hover") : token("sunken"),
      borderColor: colour,
      borderWidth: draw === "bars" ? 0 : 1.5,
      categoryPercentage: 0.85,
      barPercentage: 0.95,
      maxBarThickness: 40,
      order: 1,
    };
  }
  return {
    type: "line",
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    borderDash: DASHES[draw] ?? [],
    pointRadius: ({ dataset }) => (dataset.data.filter(Number.isFinite).length > 1 ? 0 : 3),
    pointHoverRadius: 4,
    order: 0,
  };
}

function options(rows, { stacked, shares }) {
  const text = { color: token("ink-muted"), font: { size: 12 } };
  const asShare = (value) => `${Number((100 * value).toFixed(1))} %`;
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        filter: (item) => item.raw !== null,
        callbacks: {
          title: ([item]) => rows[item.dataIndex].name,
          label: (item) => item.dataset.said[item.dataIndex],
        },
        backgroundColor: token("surface"),
        multiKeyBackground: token("surface"),
        borderColor: token("line-strong"),
        borderWidth: 1,
        titleColor: token("ink"),
        bodyColor: token("ink"),
        padding: 8,
        boxPadding: 4,
      },
    },
    scales: {
      x: {
        stacked: stacked !== undefined,
        grid: { display: false },
        border: { color: token("line-strong") },
        ticks: { ...text, maxRotation: 0, autoSkipPadding: 16 },
      },
      y: {
        stacked: stacked !== undefined,
        beginAtZero: true,
        grid: { color: token("line") },
        border: { display: false },
        ticks: {
          ...text,
          maxTicksLimit: 5,
          ...(shares === undefined
            ? { precision: 0, callback: (value) => compact.format(value) }
            : { callback: asShare }),
        },
      },
    },
  };
}

function draw(plot) {
  const figure = plot.closest("figure");
  const table = figure.querySelector("table");
  const rows = rowsOf(table, Number(figure.dataset.days ?? 1));
  nameTicks(rows);
  const canvas = document.createElement("canvas");
  const live = document.createElement("p");
  live.className = "visually-hidden";
  live.setAttribute("aria-live", "polite");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "chart");
  canvas.setAttribute("aria-label", `${table.caption.textContent}. Arrow keys read its values.`);
  plot.append(canvas, live);
  const chart = new Chart(canvas, {
    data: { labels: rows.map((row) => row.tick), datasets: seriesOf(table, rows) },
    options: options(rows, figure.dataset),
  });
  canvas.addEventListener("keydown", (event) => walk(event, chart, rows, live));
  canvas.addEventListener("blur", () => show(chart, []));
}

// Arrow keys, Home and End go from value to value, the latest first; Escape leaves them.
function walk(event, chart, rows, live) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Escape") show(chart, []);
  const last = rows.length - 1;
  const now = chart.getActiveElements()[0]?.index;
  const places = {
    ArrowLeft: Math.max((now ?? last + 1) - 1, 0),
    ArrowRight: Math.min((now ?? last) + 1, last),
    Home: 0,
    End: last,
  };
  if (!(event.key in places)) return;
  event.preventDefault();
  const index = places[event.key];
  const told = chart.data.datasets
    .map((series, datasetIndex) => ({ series, datasetIndex, index }))
    .filter(({ series }) => series.data[index] !== null);
  show(chart, told);
  const values = told.map(({ series }) => series.said[index]);
  live.textContent = `${rows[index].name}: ${values.join(", ")}`;
}

function show(chart, points) {
  chart.setActiveElements(points);
  chart.tooltip.setActiveElements(points, { x: 0, y: 0 });
  chart.update();
}

function redraw() {
  for (const chart of Object.values(Chart.instances)) chart.update();
}

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

htmx.onLoad((part) => {
  for (const plot of part.querySelectorAll(".chart-plot:empty")) draw(plot);
});
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  if (target.matches("canvas")) Chart.getChart(target)?.destroy();
});
for (const media of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"]) {
  matchMedia(media).addEventListener("change", redraw);
}
