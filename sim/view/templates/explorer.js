"use strict";
(function () {
  const box = document.getElementById("explorer");
  const button = document.getElementById("explorer-open");
  const note = document.getElementById("explorer-note");
  if (!box || !button) return;
  const spec = JSON.parse(document.getElementById("explorer-data").textContent);

  async function library() {
    if (window.Plotly) return;
    const packed = atob(document.getElementById("plotly-packed").textContent.trim());
    const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const element = document.createElement("script");
    element.textContent = await new Response(stream).text();
    document.head.appendChild(element);
  }

  function choice(id, names) {
    const select = document.getElementById(id);
    names.forEach(([value, text]) => select.add(new Option(text, value)));
    select.addEventListener("change", draw);
    return select;
  }

  let variable, place, policy;
  function draw() {
    const who = spec.policies[policy.value];
    const rows = spec.quantiles[variable.value][place.value][policy.value];
    const order = [rows[0], rows[4], rows[1], rows[3], rows[2]];
    const clear = (alpha) => {
      const n = parseInt(who.colour.slice(1), 16);
      return `rgba(${n >> 16},${(n >> 8) & 255},${n & 255},${alpha})`;
    };
    const data = spec.chart.data.map((trace, i) => ({
      ...trace, x: spec.chart.x, y: order[i],
      ...(i === 4 ? { line: { color: who.colour, width: 2.2 } } : {}),
      ...(trace.fill ? { fillcolor: clear(i === 1 ? 0.2 : 0.38) } : {}),
    }));
    const top = Math.max(1, ...spec.quantiles[variable.value][place.value].flat(2));
    const layout = structuredClone(spec.chart.layout);
    layout.yaxis.title = { text: spec.variables[variable.value] };
    layout.yaxis.range = [0, top * 1.05];
    window.Plotly.react("explorer-chart", data, layout, {
      responsive: true, displaylogo: false,
      modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "sendDataToCloud"],
    });
  }

  async function open() {
    button.disabled = true;
    note.textContent = "Opening the chart\u2026";
    try {
      await library();
      variable = choice("explorer-variable", Object.entries(spec.variables));
      place = choice("explorer-place", Object.keys(Object.values(spec.quantiles)[0]).map((p) => [p, p]));
      policy = choice("explorer-policy", spec.policies.map((p, i) => [String(i), p.title]));
      document.getElementById("explorer-controls").hidden = false;
      draw();
      button.hidden = true;
      note.textContent = "";
    } catch (error) {
      note.textContent = "This browser cannot open the interactive chart; the charts above hold the same numbers.";
    }
  }
  button.hidden = false;
  button.addEventListener("click", open);
})();
