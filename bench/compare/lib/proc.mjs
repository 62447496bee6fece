// SPDX-License-Identifier: MIT
// What the kernel knows of a process: proc(5), /proc/PID/stat fields 14 and 15, /proc/PID/status.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

// User and system time so far, all threads, in seconds; a tick (10 ms) is the grain.
export function cpuSeconds(pid) {
	const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // field 3 is the first of them
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

export function rssKiB(pid) {
	return Number(/^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
}
