/* Draws CHARTS, each into its place. Every colour that is not data comes from the page's style. */
'use strict';
const dark = matchMedia('(prefers-color-scheme: dark)');
const kinds = {
  lines: (c) => ({
    x: { type: 'utc', label: null, ticks: [...new Set(c.data.map((d) => d.x))].map((d) => new Date(d)), tickFormat: '%d %b' },
    y: { label: c.y, grid: true, zero: true },
    color: { legend: true, scheme: 'Tableau10' },
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(c.data, { x: (d) => new Date(d.x), y: 'y', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(c.data, { x: (d) => new Date(d.x), y: 'y', fill: 'series', r: 3.5, title: (d) => `${d.series}, ${d.x}: ${d.y}` }),
    ],
  }),
  bars: (c) => ({
    marginLeft: 190,
    x: { label: c.x, grid: true, zero: true },
    y: { label: null },
    color: { legend: c.data.some((d) => d.series), scheme: 'Tableau10' },
    marks: [
      Plot.barX(c.data, { x: 'x', y: 'y', fill: c.data.some((d) => d.series) ? 'series' : 'var(--accent)', sort: c.sorted ? { y: '-x' } : null, title: (d) => `${d.y}: ${d.x}` }),
      Plot.ruleX([0]),
    ],
  }),
  heat: (c) => ({
    marginLeft: 110,
    marginBottom: 44,
    x: { label: null },
    y: { label: null },
    padding: 0.04,
    color: { legend: true, label: c.label, scheme: dark.matches ? 'YlOrBr' : 'Oranges', reverse: false, zero: true },
    marks: [
      Plot.cell(c.data, { x: 'x', y: 'y', fill: 'value', inset: 0.5, title: (d) => `${d.y}, ${d.x}: ${d.value}` }),
      Plot.text(c.data, { x: 'x', y: 'y', text: (d) => d.value.toLocaleString('en'), fill: (d) => (d.value > c.most * 0.55 ? 'white' : 'black') }),
    ],
  }),
};
function draw() {
  CHARTS.forEach((chart, i) => {
    const place = document.getElementById(`chart${i}`);
    const height = chart.kind === 'lines' ? 240 : 70 + 30 * new Set(chart.data.map((d) => d.y)).size;
    const style = { background: 'none', color: 'inherit', fontSize: '12px', overflow: 'visible' };
    place.replaceChildren(Plot.plot({ width: 940, height, style, ...kinds[chart.kind](chart) }));
  });
}
draw();
dark.addEventListener('change', draw);
document.addEventListener('click', (event) => {
  if (event.target.tagName !== 'BUTTON') return;
  const text = event.target.previousElementSibling.textContent;
  const done = () => { event.target.textContent = 'Copied'; };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => {});
});
