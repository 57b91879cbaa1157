/** How the page looks: light and dark, on a phone and on paper. Colours are told apart by the colour-blind and have contrast. */

const light = `
--page:#f4f6f8; --card:#fff; --ink:#1b1f24; --quiet:#57606a; --rule:#e3e7ec; --axis:#8a939c; --accent:#0b5cad; --bar:#cfe2f7;
--c1:#0b5cad; --c2:#b34700; --c3:#00755a; --c4:#8a3c8f; --c5:#7a5c00; --c6:#b0254f; --c7:#3d6670; --c8:#555;
--h0:#e8f1fb; --h1:#c7d5e7; --h2:#a6bad4; --h3:#86a0c1; --h4:#6786ad; --h5:#496c9a; --h6:#2c5386; --h7:#0a3a73; --low:#000; --mid:#000; --high:#fff; --shade:#0003;`
const dark = `
--page:#0f141a; --card:#171d25; --ink:#e6edf3; --quiet:#9da7b3; --rule:#2a333d; --axis:#77828d; --accent:#7ab8ff; --bar:#23415f;
--c1:#6fb1ff; --c2:#ff9d57; --c3:#4fd1a5; --c4:#d99ae0; --c5:#e3c65a; --c6:#ff8fa8; --c7:#8fc1cc; --c8:#b8c0c8;
--h0:#1b2c40; --h1:#2c4158; --h2:#3e5772; --h3:#516e8c; --h4:#6586a8; --h5:#7a9fc4; --h6:#8fb9e1; --h7:#a5d3ff; --low:#fff; --mid:#000; --high:#000; --shade:#000c;`

const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const each = (from: number, to: number, rule: (n: number) => string): string => numbers(from, to).map(rule).join('\n')

export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
.sheet{max-width:68rem;margin:0 auto;padding:1.75rem 1rem 3rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .35rem;letter-spacing:-.01em}
h2{font-size:1.4rem;line-height:1.25;margin:0;letter-spacing:-.005em}
h3{font-size:1rem;line-height:1.35;margin:0 0 .6rem;font-weight:600}
h1,h2,h3,th,dt,li{unicode-bidi:isolate}
p{margin:.35rem 0}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,.box:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.quiet,.note{color:var(--quiet)}
.note{font-size:.875rem}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--quiet)}
summary{cursor:pointer}
nav{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:.8rem 1rem;margin:1.25rem 0 0}
nav summary{font-weight:600}
nav p{font-size:.8125rem;color:var(--quiet);margin:.7rem 0 .2rem}
nav .letter{font-weight:600;font-size:.8125rem;color:var(--quiet);padding-top:.5rem;break-after:avoid}
nav ul{list-style:none;margin:0;padding:0;columns:3 15rem;column-gap:1.75rem}
nav li{break-inside:avoid;display:flex;gap:.6rem;justify-content:space-between;padding:.16rem 0;font-size:.9375rem;line-height:1.35}
nav li span{color:var(--quiet);font-variant-numeric:tabular-nums;white-space:nowrap}
.part{margin-top:2.5rem;border-top:1px solid var(--rule);padding-top:1.5rem;scroll-margin-top:1rem}
.part>details>summary{display:flex;flex-wrap:wrap;align-items:baseline;gap:.1rem .7rem;list-style:none}
.part>details>summary::-webkit-details-marker{display:none}
.part>details>summary::before{content:"▸";color:var(--quiet);flex:none}
.part>details[open]>summary::before{content:"▾"}
.size{color:var(--quiet);font-variant-numeric:tabular-nums}
.about{margin:.25rem 0 0;max-width:46rem}
.cards{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}
.cards>.card{flex:1 1 18rem}
.cards>.long{flex-basis:100%}
.card,.panel{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:.9rem 1rem;min-width:0}
.card h3{font-size:.875rem;color:var(--quiet);font-weight:500;margin:0 0 .3rem}
.big{margin:0;line-height:1.2}
.big b{display:block;font-size:1.75rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.big b small{font-size:.55em;font-weight:500;color:var(--quiet);letter-spacing:0}
.big span{font-size:.875rem}
dl{margin:.55rem 0 0;font-size:.875rem}
dl div{display:flex;justify-content:space-between;gap:.8rem;padding:.18rem 0;border-top:1px solid var(--rule)}
dt{color:var(--quiet)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;font-weight:600;overflow-wrap:normal}
small.around,.whole{white-space:nowrap}
.long{grid-column:1/-1}
.lead .note{font-size:1.0625rem;color:var(--ink)}
.panel .long{margin-bottom:.8rem}
.long dl div{justify-content:flex-start}
.long dt{flex:none;width:11rem}
.long dd{text-align:left;font-weight:400;overflow-wrap:anywhere;min-width:0}
dd small,.big small{font-weight:400;color:var(--quiet)}
.panels{columns:2 25rem;column-gap:.75rem;margin-top:.75rem}
.panels.one{columns:1}
.panel{break-inside:avoid;margin:0 0 .75rem;}
.panels>.panel:last-child{margin-bottom:0}
.blocks{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1.1rem 1.75rem;align-items:start}
.blocks>*{min-width:0}
.span{grid-column:1/-1}
.stats{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,8.5rem),1fr));gap:.6rem 1rem;margin:0 0 .8rem}
.card .stats{grid-template-columns:repeat(auto-fill,minmax(min(100%,11rem),1fr));margin:.2rem 0 0}
.stats .big b{font-size:1.3rem}
figure{margin:0}
.blocks .note{margin:0}
.span:has(>.note)+.span:has(>.note){margin-top:-.85rem}
figcaption{font-size:.875rem;font-weight:600;margin-bottom:.3rem}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:.5rem 1.25rem}
svg{display:block;width:100%;max-width:36rem;height:auto;overflow:visible;font-size:12px;text-anchor:middle;fill:currentColor}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;fill:currentColor;white-space:pre;unicode-bidi:isolate}
.q,.q text,.count{fill:var(--quiet)}
.grid{stroke:var(--rule);fill:none}
.axis{stroke:var(--axis)}
svg .halo text,svg .last text{fill:var(--ink)}
.apart,.apart-at{stroke:var(--c1);stroke-width:2.5}
.alike,.alike-at{stroke:var(--quiet);stroke-width:2.5}
.apart-at,.alike-at{stroke-width:10;stroke-linecap:round}
.none{stroke:var(--axis);stroke-width:1.5;stroke-dasharray:4 3}
.halo text,.last text{fill:var(--ink);stroke:var(--card);stroke-width:4;stroke-linejoin:round;paint-order:stroke}
.last,.strong{font-weight:600}
.strong{font-size:11px}
svg .q text,svg .count,.heads text{fill:var(--quiet)}
.count{font-weight:600}
.bands path{opacity:.4}
.bands path:hover{opacity:.75}
rect.end{fill:var(--axis)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem .9rem;margin:0 0 .2rem;padding:0;font-size:.8125rem;color:var(--quiet)}
.legend i{display:inline-block;width:.9rem;height:.2rem;vertical-align:middle;margin-right:.35rem;border-radius:1px;background:currentColor}
.legend i.dotted{background:repeating-linear-gradient(90deg,currentColor 0 2px,transparent 2px 5px);height:.1rem}
.legend i.dashed{background:repeating-linear-gradient(90deg,currentColor 0 .3rem,transparent .3rem .45rem)}
.behind{font-size:.875rem;margin-top:.2rem}
.behind>summary{color:var(--quiet);font-size:.8125rem;width:max-content}
.box{overflow-x:auto;max-width:100%;-webkit-overflow-scrolling:touch;background:linear-gradient(90deg,var(--card) 1.5rem,transparent) 0 0/3.5rem 100% no-repeat local,linear-gradient(270deg,var(--card) 1.5rem,transparent) 100% 0/3.5rem 100% no-repeat local,linear-gradient(90deg,var(--shade),transparent) 0 0/1.1rem 100% no-repeat scroll,linear-gradient(270deg,var(--shade),transparent) 100% 0/1.1rem 100% no-repeat scroll}
.tall{max-height:36rem;overflow-y:auto}
.tall thead th{position:sticky;top:0;background:var(--card);z-index:1}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.34rem .5rem;text-align:right;border-bottom:1px solid var(--rule);vertical-align:baseline}
td{white-space:nowrap}
td.t{white-space:normal;text-align:left;min-width:6rem}
thead th{color:var(--quiet);font-weight:500;font-size:.8125rem;line-height:1.25;vertical-align:bottom;overflow-wrap:normal}
th:first-child{text-align:left;padding-left:0;overflow-wrap:break-word}
tbody th{font-weight:500;min-width:7rem}
tbody tr:last-child>*{border-bottom:0}
td[style]{background:linear-gradient(90deg,var(--bar) var(--w),transparent var(--w)) no-repeat .5rem .25rem/calc(100% - .5rem) 1.6em;min-width:5.5rem}
.heat{width:auto;font-size:.8125rem}
.heat td{padding:.3rem .25rem;border:2px solid var(--card);border-radius:4px;min-width:2.6rem;text-align:center}
.heat td,.heat tbody th{vertical-align:middle}
.heat td:not([class]),.heat .same{color:var(--quiet)}
.heat th{border:0;text-align:center;padding:.3rem .25rem}
.heat thead th{max-width:6rem}
.heat tbody th{text-align:left;min-width:5.5rem;max-width:12rem;position:sticky;left:0;background:var(--card)}
.heat thead th:first-child{text-align:left}
.heat [scope=colgroup]{text-align:left}
footer{margin-top:2.5rem;border-top:1px solid var(--rule);padding-top:1rem;font-size:.875rem;color:var(--quiet)}
${each(1, 8, (n) => `.k${n}{color:var(--c${n})}.f${n}{fill:var(--c${n})}`)}
${each(0, 7, (n) => `.h${n}{background:var(--h${n});color:var(--${n < 4 ? 'low' : n === 4 ? 'mid' : 'high'})}`)}
@media (max-width:30rem){
.sheet{padding:1rem .75rem 2rem}
h1{font-size:1.4rem}
h2{font-size:1.2rem}
.cards{gap:.5rem}
.cards>.card{flex-basis:9.5rem}
.plain tbody th{position:sticky;left:0;background:var(--card)}
.card,.panel{padding:.7rem .75rem}
.big b{font-size:1.3rem}
.card dl div,.long dl div{display:block}
.card dd,.long dd{text-align:left}
.long dt{width:auto}
tbody th{min-width:6.5rem}
nav ul{columns:1}
}
@media print{
:root{${light}--page:#fff}
@page{margin:14mm}
html{font-size:11.5px}
body{font-size:1rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.sheet{max-width:none;padding:0}
nav,.behind,footer a{display:none}
.part{break-before:page;border-top:0;margin-top:0;padding-top:0}
.part:first-of-type{break-before:auto;margin-top:1rem}
.part>details::details-content{content-visibility:visible;block-size:auto}
.part>details>summary::before{content:none}
.card,.panel,figure,tr{break-inside:avoid}
.one>.panel{break-inside:auto}
h2,h3,figcaption,thead{break-after:avoid}
.box{overflow:visible;max-height:none;background:none}
a{color:inherit;text-decoration:none}
}
`.trim()
