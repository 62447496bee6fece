// SPDX-License-Identifier: MIT
// Plots as SVG text.  Colours are classes (page/style.mjs), so that they follow light and dark.

export const escape = (s) => String(s).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

const WIDTH = 640, LABELS = 150, RIGHT = 70, ROW = 48, TOP = 30

const text = (x, y, s, cls = '', anchor = 'start') =>
	`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" class="${cls}">${escape(s)}</text>`
const line = (x1, y1, x2, y2, cls) =>
	`<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" class="${cls}"/>`

const svg = (height, label, body) =>
	`<svg viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" role="img" aria-label="${escape(label)}">${body.join('')}</svg>`

const rowLabel = (y, r) => text(0, y + 17, r.title, 'label') + text(0, y + 34, r.sub, 'sub')

// 1, 2 or 5 times a power of ten, about n of them up to max
export function ticks(max, n = 4) {
	const raw = max / n, power = 10 ** Math.floor(Math.log10(raw))
	const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw)
	return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)))
}

// rows: { title, sub, cls, value }; options: label, digits, asked (a line at that value)
export function bars(rows, { label, digits = 1, asked }) {
	const max = Math.max(...rows.map((r) => r.value), asked ?? 0, 1e-9) * 1.02
	const x = (v) => LABELS + (v / max) * (WIDTH - LABELS - RIGHT)
	const bottom = TOP + rows.length * ROW
	const body = ticks(max).map((t) => line(x(t), TOP - 6, x(t), bottom, 'grid') + text(x(t), bottom + 16, t, 'tick', 'middle'))
	rows.forEach((r, i) => {
		const y = TOP + i * ROW
		body.push(rowLabel(y - 4, r),
			`<rect x="${LABELS}" y="${y + 4}" width="${Math.max(1, x(r.value) - LABELS).toFixed(1)}" height="${ROW - 16}" rx="2" class="fill ${r.cls}"/>`,
			text(x(r.value) + 7, y + 25, r.value.toFixed(digits), 'value'))
	})
	if (asked != null)
		body.push(line(x(asked), TOP - 10, x(asked), bottom, 'asked'), text(x(asked), TOP - 14, `asked: ${asked}`, 'askedText', 'middle'))
	return svg(bottom + 22, label, body)
}

const decades = (from, to) => {
	const list = []
	for (let d = 10 ** Math.floor(Math.log10(from)); d <= to * 1.0001; d *= 10) if (d >= from * 0.9999) list.push(Number(d.toPrecision(3)))
	return list
}

// rows: { title, sub, cls, p50, p90, p99, max }, in ms, on a logarithmic axis; options: label, from, to, asked { p50, p99 }
export function spread(rows, { label, from = 0.02, to = 100, asked = {} }) {
	const clamp = (v) => Math.min(to, Math.max(from, v))
	const x = (v) => LABELS + (Math.log(clamp(v) / from) / Math.log(to / from)) * (WIDTH - LABELS - 20)
	const bottom = TOP + rows.length * ROW
	const body = decades(from, to).map((t) => line(x(t), TOP - 6, x(t), bottom, 'grid') + text(x(t), bottom + 16, `${t} ms`, 'tick', 'middle'))
	Object.entries(asked).forEach(([name, v], i) =>
		body.push(line(x(v), TOP - 10, x(v), bottom, 'asked'), text(x(v), TOP - 14, `asked: ${name} < ${v}`, 'askedText', i ? 'start' : 'end')))
	rows.forEach((r, i) => {
		const y = TOP + i * ROW, mid = y + 15
		body.push(rowLabel(y - 4, r), line(x(r.p50), mid, x(r.p99), mid, `range ${r.cls}`), line(x(r.p99), mid, x(r.max), mid, `tail ${r.cls}`))
		for (const p of ['p50', 'p90', 'p99'])
			body.push(`<circle cx="${x(r[p]).toFixed(1)}" cy="${mid}" r="${p === 'p90' ? 3 : 5}" class="fill ${r.cls}"><title>${p} ${r[p]} ms</title></circle>`)
		body.push(`<circle cx="${x(r.max).toFixed(1)}" cy="${mid}" r="3.5" class="ring ${r.cls}"><title>longest ${r.max} ms</title></circle>`,
			text(x(r.p50), mid + 20, r.p50.toFixed(2), 'note', 'middle'))
		if (x(r.p99) - x(r.p50) > 40) body.push(text(x(r.p99), mid + 20, r.p99.toFixed(2), 'note', 'middle'))
	})
	return svg(bottom + 22, label, body)
}

// series: { title, cls, points: [{ x, y }] }, y on a logarithmic axis; options: label, limit, xUnit, yUnit
export function lines(series, { label, limit, from = 0.1, to = 100, xUnit }) {
	const LEFT = 52, HEIGHT = 250, END = WIDTH - 12
	const all = series.flatMap((s) => s.points)
	const xMax = Math.max(...all.map((p) => p.x)) * 1.04
	const x = (v) => LEFT + (v / xMax) * (END - LEFT)
	const y = (v) => HEIGHT - (Math.log(Math.min(to, Math.max(from, v)) / from) / Math.log(to / from)) * (HEIGHT - TOP)
	const body = decades(from, to).map((t) => line(LEFT, y(t), END, y(t), 'grid') + text(LEFT - 8, y(t) + 4, `${t} ms`, 'tick', 'end'))
	body.push(...ticks(xMax, 6).map((t) => text(x(t), HEIGHT + 18, t, 'tick', 'middle')), text(END, HEIGHT + 36, xUnit, 'tick', 'end'))
	body.push(line(LEFT, y(limit), END, y(limit), 'asked'), text(END, y(limit) - 6, `limit: ${limit} ms`, 'askedText', 'end'))
	for (const s of series) {
		const path = s.points.map((p, i) => `${i ? 'L' : 'M'}${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`).join('')
		body.push(`<path d="${path}" class="curve ${s.cls}"/>`)
		for (const p of s.points)
			body.push(`<circle cx="${x(p.x).toFixed(1)}" cy="${y(p.y).toFixed(1)}" r="4" class="${p.y < limit ? 'fill' : 'ring'} ${s.cls}"><title>${escape(`${s.title}: ${p.x} calls, p99 ${p.y} ms`)}</title></circle>`)
	}
	return svg(HEIGHT + 42, label, body)
}
