// SPDX-License-Identifier: MIT
// How the page looks, in light and in dark.
const LIGHT = `--paper:#f6f5f1;--sheet:#fffefb;--ink:#20262b;--soft:#5c666e;--rule:#dcdbd4;--ours:#0a7d78;--ours2:#7cbcb6;
--peer:#b9541a;--peer2:#dfa57f;--asked:#5b4bb7;--good:#1d7a43;--bad:#b3261e`
const DARK = `--paper:#14171a;--sheet:#1b1f23;--ink:#e6e9ea;--soft:#98a3ab;--rule:#30373d;--ours:#3ec2b8;--ours2:#247872;
--peer:#ee8a4c;--peer2:#8f5330;--asked:#a79cf2;--good:#63c98a;--bad:#ff8a80`

export const style = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:19px;margin:44px 0 4px}
h3{font-size:15px;margin:0 0 2px}
p{margin:4px 0;max-width:80ch}
.soft,figcaption{color:var(--soft)}
code{font:13px ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr));gap:20px;margin-top:16px}
figure{margin:0;background:var(--sheet);border:1px solid var(--rule);border-radius:6px;padding:18px 20px 14px;min-width:0}
figcaption{font-size:13px;margin-bottom:8px}
svg{display:block;width:100%;height:auto;overflow:visible;font-family:inherit}
.wide{overflow-x:auto;background:var(--sheet);border:1px solid var(--rule);border-radius:6px;margin-top:14px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:8px 14px;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
tr:last-child td{border-bottom:0}
th{font-weight:600;color:var(--soft);font-size:13px;white-space:nowrap}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td small{color:var(--soft);display:block}
.met{color:var(--good);font-weight:600}.missed{color:var(--bad);font-weight:600}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;margin:12px 0 0;font-size:14px;padding:0;list-style:none}
.key i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:7px;vertical-align:-1px}
details{margin-top:14px}summary{cursor:pointer;color:var(--soft)}
.label{font-size:16px;fill:var(--ink)}.sub,.tick,.note{font-size:14px;fill:var(--soft)}
.value{font-size:16px;fill:var(--ink);font-weight:600}
.grid{stroke:var(--rule)}.asked{stroke:var(--asked);stroke-width:1.5;stroke-dasharray:5 4}
.askedText{font-size:14px;fill:var(--asked)}
.ours{--c:var(--ours)}.ours2{--c:var(--ours2)}.peer{--c:var(--peer)}.peer2{--c:var(--peer2)}
.fill{fill:var(--c)}.ring{fill:var(--sheet);stroke:var(--c);stroke-width:2}
.range{stroke:var(--c);stroke-width:4;stroke-linecap:round}.tail{stroke:var(--c);stroke-width:1.5;stroke-dasharray:2 4}
.curve{fill:none;stroke:var(--c);stroke-width:2.5;stroke-linejoin:round}
i.ours,i.ours2,i.peer,i.peer2{background:var(--c)}
@media print{body{background:#fff}figure,.wide{break-inside:avoid}}
`
