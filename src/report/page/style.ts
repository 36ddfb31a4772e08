/** The page's only style sheet: light and dark by the reader's setting, no external font or file. */
export const style = `
:root{color-scheme:light dark;
--bg:#f7f6f2;--card:#fffefb;--ink:#1d2127;--dim:#626873;--line:#dedbd2;--grid:#ebe8df;
--blue:#2f62b8;--blue-soft:#dfe8f7;--teal:#13806f;--teal-soft:#d8efe9;--amber:#a8690c;--amber-soft:#f9ebcf;
--rose:#b23a4e;--rose-soft:#f8dfe3;--violet:#6d4fb0;--violet-soft:#e8e1f6}
@media(prefers-color-scheme:dark){:root{
--bg:#14171b;--card:#1c2026;--ink:#e7e5df;--dim:#98a0ab;--line:#323842;--grid:#282d35;
--blue:#7da8f0;--blue-soft:#21324f;--teal:#5cc6b0;--teal-soft:#17382f;--amber:#e0ab54;--amber-soft:#3d2f14;
--rose:#ec8595;--rose-soft:#47222a;--violet:#b39bec;--violet-soft:#312852}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.02em;font-weight:650}
h2{font-size:19px;margin:0 0 4px;letter-spacing:-.01em;font-weight:650}
p{margin:0 0 12px}.lead{color:var(--dim);max-width:72ch;margin-bottom:22px}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px 20px;margin-top:18px}
section>p{color:var(--dim);max-width:86ch}
figure{margin:10px 0 0}figcaption{color:var(--dim);font-size:13px;margin-top:8px}
svg{display:block;max-width:100%;height:auto}svg text{font-family:inherit;fill:var(--ink)}
.scroll{overflow-x:auto}
.kpis{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:0}
.kpi{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:15px 16px 13px}
.kpi b{display:block;font-size:27px;line-height:1.15;letter-spacing:-.02em;font-weight:650}
.kpi>span:not(.tag){color:var(--dim);font-size:13px;display:block;margin:3px 0 7px}
.tag{display:inline-block;font-size:11px;line-height:1;padding:4px 7px;border-radius:20px;white-space:nowrap;font-weight:550}
.predicted{background:var(--amber-soft);color:var(--amber)}.simulated{background:var(--blue-soft);color:var(--blue)}
.synthesised{background:var(--violet-soft);color:var(--violet)}.measured,.checked{background:var(--teal-soft);color:var(--teal)}
.failed{background:var(--rose-soft);color:var(--rose)}
.legend{display:flex;flex-wrap:wrap;gap:6px 16px;color:var(--dim);font-size:13px;margin-top:16px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{color:var(--dim);font-weight:550;font-size:12.5px}td.n,th.n{text-align:right}tr:last-child td{border-bottom:0}
.two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:30px}
.wide{grid-template-columns:minmax(0,450px) minmax(0,1fr)}
@media(max-width:820px){.two{grid-template-columns:minmax(0,1fr)}main{padding:24px 14px}section{padding:18px 16px}}
.digits{display:grid;grid-template-columns:repeat(auto-fill,minmax(68px,1fr));gap:10px}
.digits figure{margin:0;text-align:center}.digits img{width:100%;image-rendering:pixelated;border-radius:8px;border:1px solid var(--line);
background:#fff;filter:invert(1)}
@media(prefers-color-scheme:dark){.digits img{filter:none;background:#000}}
.digits figcaption{margin-top:2px;font-size:12.5px;color:var(--dim)}.digits b{color:var(--ink)}.digits i{color:var(--rose);font-style:normal;font-weight:650}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.axis{font-size:11px;fill:var(--dim)!important}.label{font-size:12.5px}.strong{font-weight:650}
a{color:var(--blue)}footer{color:var(--dim);font-size:13px;margin-top:26px}
`
