#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Prints src/media/resample_taps.c: the prototype low-pass of the 8 kHz <-> 24 kHz resampler.
//   scripts/resample-taps.mjs > src/media/resample_taps.c
// 1. Real taps: 91, symmetric, least squares on a dense grid, reweighted after Lawson (1961) until the
//    largest error is as small as it gets; the stop band counts 12 times as much as the pass band.
// 2. Integers: rounded, then single taps and pairs are moved by one unit as long as the largest error
//    falls.  Rounding alone costs up to 4 dB of stop band, the search wins back 2.  Upwards each tap
//    counts three times (two of three samples are zeros), so its unit is a third of 1/16384.
const RATE_HZ = 24000, HALF = 45, PASS_HZ = 3400, STOP_HZ = 4350, STOP_WEIGHT = 12;
const DOWN_TAPS = 96, PHASES = 3, PHASE_TAPS = 32;

const omega = (hz) => 2 * Math.PI * hz / RATE_HZ;
const grid = [];
for (let hz = 0; hz <= 12000; hz += 7.5)
	if (hz <= PASS_HZ || hz >= STOP_HZ) {
		const want = hz <= PASS_HZ ? 1 : 0;
		grid.push({ w: omega(hz), want, weight: want ? 1 : STOP_WEIGHT, lawson: 1 });
	}
const response = (a, w) => a.reduce((sum, x, k) => sum + x * Math.cos(k * w), 0);

// Gaussian elimination with pivots; each row of m ends with its right-hand side.
function solve(m) {
	const n = m.length, x = new Float64Array(n);
	for (let i = 0; i < n; i++) {
		let pivot = i;
		for (let r = i + 1; r < n; r++)
			if (Math.abs(m[r][i]) > Math.abs(m[pivot][i])) pivot = r;
		[m[i], m[pivot]] = [m[pivot], m[i]];
		for (let r = i + 1; r < n; r++) {
			const f = m[r][i] / m[i][i];
			for (let c = i; c <= n; c++) m[r][c] -= f * m[i][c];
		}
	}
	for (let i = n - 1; i >= 0; i--) {
		let s = m[i][n];
		for (let j = i + 1; j < n; j++) s -= m[i][j] * x[j];
		x[i] = s / m[i][i];
	}
	return x;
}

function leastSquares() {
	const n = HALF + 1, m = Array.from({ length: n }, () => new Float64Array(n + 1));
	for (const g of grid) {
		const q = g.weight * g.weight * g.lawson;
		const c = Array.from({ length: n }, (_, k) => Math.cos(k * g.w));
		for (let i = 0; i < n; i++) {
			for (let j = 0; j < n; j++) m[i][j] += q * c[i] * c[j];
			m[i][n] += q * c[i] * g.want;
		}
	}
	return solve(m);
}

function design() {
	let a;
	for (let round = 0; round < 60; round++) {
		a = leastSquares();
		let total = 0;
		for (const g of grid) {
			g.lawson *= Math.sqrt(Math.abs(response(a, g.w) - g.want) * g.weight + 1e-7);
			total += g.lawson;
		}
		for (const g of grid) g.lawson *= grid.length / total;
	}
	return a;
}

// q[0] is the middle tap, q[k] both taps k away from it.
function quantise(a, unit) {
	const n = HALF + 1;
	const q = Array.from(a, (x, k) => Math.round((k ? x / 2 : x) * unit));
	const slope = grid.map((g) => Float64Array.from({ length: n }, (_, k) => (k ? 2 : 1) * Math.cos(k * g.w) / unit));
	const error = Float64Array.from(grid, (g, i) => q.reduce((s, x, k) => s + x * slope[i][k], 0) - g.want);
	// The 24th power stands for the maximum, and still has a slope.
	const cost = (moves) => grid.reduce((sum, g, i) => {
		const e = moves.reduce((s, [k, d]) => s + d * slope[i][k], error[i]);
		return sum + (Math.abs(e) * g.weight / STOP_WEIGHT / 2e-4) ** 24;
	}, 0);
	let best = cost([]), moved = true;
	const attempt = (moves) => {
		const c = cost(moves);
		if (c >= best * 0.99999) return;
		best = c;
		moved = true;
		for (const [k, d] of moves) q[k] += d;
		for (let i = 0; i < grid.length; i++) for (const [k, d] of moves) error[i] += d * slope[i][k];
	};
	while (moved) {
		moved = false;
		for (let k = 0; k < n; k++) for (const d of [1, -1]) attempt([[k, d]]);
		for (let k = 0; k < n; k++)
			for (let l = k + 1; l < n; l++)
				for (const d of [1, -1]) for (const e of [1, -1]) attempt([[k, d], [l, e]]);
	}
	return q;
}

function report(q, unit) {
	const a = q.map((x, k) => (k ? 2 : 1) * x / unit), db = (x) => 20 * Math.log10(x);
	let low = Infinity, high = 0, stop = 0;
	for (let hz = 0; hz <= 12000; hz++) {
		const r = Math.abs(response(a, omega(hz)));
		if (hz <= PASS_HZ) { low = Math.min(low, r); high = Math.max(high, r); }
		if (hz >= STOP_HZ) stop = Math.max(stop, r);
	}
	return `pass band ${db(low).toFixed(3)} .. +${db(high).toFixed(3)} dB, stop band ${db(stop).toFixed(1)} dB`;
}

function rows(list) {
	const out = [];
	for (let i = 0; i < list.length; i += 12) out.push('\t' + list.slice(i, i + 12).join(', ') + ',');
	return out.join('\n');
}

const real = design(), DOWN_UNIT = 32768, UP_UNIT = 3 * 16384;
const qDown = quantise(real, DOWN_UNIT), qUp = quantise(real, UP_UNIT);
const both = (q) => Array.from({ length: 2 * HALF + 1 }, (_, i) => q[Math.abs(i - HALF)]);
const downTaps = both(qDown), upTaps = both(qUp);
// The oldest sample comes first.  The middle lies 47 samples before the newest, so that the delay, seen
// from the first sample of each group of three, is 45 samples: 15 whole ones at 8 kHz.
const down = [...new Array(DOWN_TAPS - 2 - downTaps.length).fill(0), ...downTaps, 0, 0];
const up = Array.from({ length: PHASES }, (_, p) =>
	Array.from({ length: PHASE_TAPS }, (_, k) => upTaps[3 * (PHASE_TAPS - 1 - k) + p] ?? 0));
// What keeps an int32 sum from running over, whatever the input.
for (const t of [down, ...up]) {
	const sum = t.reduce((s, x) => s + Math.abs(x), 0);
	if (sum * 32768 + 32768 > 2 ** 31 - 1) throw new Error(`taps sum up to ${sum}`);
}
console.log(`/* SPDX-License-Identifier: MIT */
/* Made by scripts/resample-taps.mjs; do not edit.  A symmetric low-pass of ${downTaps.length} taps at 24 kHz,
 * equiripple by reweighted least squares, for pass band up to ${PASS_HZ} Hz and stop band from ${STOP_HZ} Hz.
 * Oldest sample first.  The sum of |taps| of a row is below 65535: no input can run an int32 over. */
#include "resample_taps.h"

/* clang-format off */
/* In units of 1/32768: ${report(qDown, DOWN_UNIT)}. */
const int16_t resample_taps_down[${DOWN_TAPS}] = {
${rows(down)}
};

/* Row p holds taps p, p + 3, p + 6, ... three times as large, in units of 1/16384:
 * ${report(qUp, UP_UNIT)}. */
const int16_t resample_taps_up[${PHASES}][${PHASE_TAPS}] = {
${up.map((t) => '\t{\n' + rows(t).replace(/^\t/gm, '\t\t') + '\n\t},').join('\n')}
};
/* clang-format on */`);
