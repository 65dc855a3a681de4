//! The parts of the page.

use wgrad_plot::escape;

const STYLE: &str = "
:root { color-scheme: light; }
body { margin: 0; background: #f3f5f8; color: #1f2430; font: 15px/1.5 system-ui, 'DejaVu Sans', Verdana, sans-serif; }
header { background: #1f2a44; color: #fff; padding: 28px 40px 24px; }
header h1 { margin: 0; font-size: 26px; }
header p { margin: 4px 0 0; color: #b9c3da; }
main { max-width: 1120px; margin: 0 auto; padding: 24px; }
section { background: #fff; border: 1px solid #e1e5ec; border-radius: 10px; padding: 18px 24px 22px; margin: 0 0 20px; overflow-x: auto; }
h2 { font-size: 17px; margin: 0 0 12px; }
svg { max-width: 100%; height: auto; display: block; margin: 0 auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 14px; margin: 0 0 20px; }
.tile { background: #fff; border: 1px solid #e1e5ec; border-radius: 10px; padding: 12px 18px; }
.tile b { display: block; font-size: 23px; font-weight: 600; }
.tile span { color: #5f6673; font-size: 13px; display: block; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 0 20px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; color: #5f6673; }
td { text-align: right; }
th, td { padding: 4px 10px; border-bottom: 1px solid #eceff4; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.facts td { text-align: left; white-space: normal; }
.facts td:first-child { color: #5f6673; white-space: nowrap; }
.scroll { max-height: 420px; overflow-y: auto; }
pre { font: 12.5px/1.2 'DejaVu Sans Mono', Consolas, monospace; overflow-x: auto; margin: 18px 0 0; }
.bar { background: linear-gradient(#b9cdf3, #b9cdf3) no-repeat left / var(--share) 100%; }
";

/// The page around `body`, which is HTML; the other texts are text.
pub(super) fn page(title: &str, subtitle: &str, body: &str) -> String {
    let (title, subtitle) = (escape(title), escape(subtitle));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header><h1>{title}</h1><p>{subtitle}</p></header>\n\
         <main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// A heading and what is below it, which is HTML.
pub(super) fn section(heading: &str, content: &str) -> String {
    format!("<section><h2>{}</h2>{content}</section>\n", escape(heading))
}

/// Names, their numbers, and what there is to say of them.
pub(super) fn tiles(numbers: &[(String, String, String)]) -> String {
    let tile = |(name, value, more): &(String, String, String)| {
        format!("<div class=\"tile\"><span>{}</span><b>{}</b><span>{}</span></div>", escape(name), escape(value), escape(more))
    };
    format!("<div class=\"tiles\">{}</div>\n", numbers.iter().map(tile).collect::<String>())
}

/// What, and its value.
pub(super) fn rows(facts: &[[String; 2]]) -> String {
    let row = |[what, value]: &[String; 2]| format!("<tr><td>{}</td><td>{}</td></tr>", escape(what), escape(value));
    format!("<table class=\"facts\">{}</table>", facts.iter().map(row).collect::<String>())
}

/// A table; of rows with a share, the first cell shows it as a bar.
pub(super) fn table(head: &[String], rows: &[Vec<String>], shares: &[f64]) -> String {
    let cells = |tag: &str, cells: &[String]| cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect::<String>();
    let row = |(i, row): (usize, &Vec<String>)| match (shares.get(i), row.split_first()) {
        (Some(share), Some((first, rest))) => {
            let bar = format!("<td class=\"bar\" style=\"--share:{:.1}%\">{}</td>", share * 100.0, escape(first));
            format!("<tr>{bar}{}</tr>", cells("td", rest))
        }
        _ => format!("<tr>{}</tr>", cells("td", row)),
    };
    let body: String = rows.iter().enumerate().map(row).collect();
    format!("<div class=\"scroll\"><table><tr>{}</tr>{body}</table></div>", cells("th", head))
}
