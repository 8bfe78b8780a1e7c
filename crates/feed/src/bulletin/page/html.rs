//! A web page as lines of text.
//!
//! In: HTML, well-formed or not. Out: its text, a line for each paragraph, row or item. Can't happen: a script or a
//! comment taken for text; an endless search, because every step passes over something.

use std::collections::BTreeMap;

use crate::bulletin::words::stamp::{self, Issue};

/// Tags that end a line.
const BLOCKS: [&str; 22] = [
    "p", "br", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "dt", "dd", "title",
    "section", "article", "header", "footer", "hr",
];

/// Entities that bulletins use; others stay as they are.
const ENTITIES: [(&str, char); 20] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("mdash", '—'),
    ("ndash", '–'),
    ("minus", '−'),
    ("middot", '·'),
    ("sup3", '³'),
    ("micro", 'µ'),
    ("mu", 'μ'),
    ("deg", '°'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
];

/// Whether a text is a web page or a piece of one.
pub(in crate::bulletin) fn is_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["</", "<br", "<p>", "<p ", "<html", "<!doctype"].iter().any(|mark| lower.contains(mark))
}

/// Rows and cells that are open, each with its text.
#[derive(Default)]
struct Rows {
    /// What is written outside of any cell.
    text: String,
    /// Rows that are open, within each other: their cells, whether one is open, and whether one holds a table.
    open: Vec<Row>,
    /// Tables that are open, within each other.
    tables: Vec<Reaching>,
}

#[derive(Default)]
struct Row {
    cells: Vec<String>,
    /// For each cell how many columns and rows it spans.
    spans: Vec<(usize, usize)>,
    /// How many tables were open where it began.
    table: usize,
    in_cell: bool,
    nested: bool,
}

/// Cells of a table that reach into the rows below: by column how many more rows, and the text.
#[derive(Default)]
struct Reaching {
    columns: BTreeMap<usize, (usize, String)>,
    /// Cells that were repeated so far.
    repeated: usize,
}

/// Columns or rows that a cell may span, and cells that a table may repeat by it: many times those of a real one.
const SPAN: usize = 50;
const REPEATED: usize = 2_000;

impl Reaching {
    /// A row with the cells that reach into it from above, and each of its own in every column that it spans.
    fn unfold(&mut self, cells: Vec<String>, spans: &[(usize, usize)]) -> Vec<String> {
        let mut out: Vec<String> = Vec::with_capacity(cells.len());
        for (at, cell) in cells.into_iter().enumerate() {
            self.above(&mut out);
            let (columns, rows) = spans.get(at).copied().unwrap_or((1, 1));
            for column in 0..columns {
                if column > 0 && self.repeated >= REPEATED {
                    break;
                }
                self.repeated += usize::from(column > 0);
                if rows > 1 {
                    self.columns.insert(out.len(), (rows - 1, cell.clone()));
                }
                out.push(cell.clone());
            }
        }
        self.above(&mut out);
        out
    }

    /// Takes what reaches from above into the next columns.
    fn above(&mut self, out: &mut Vec<String>) {
        while let Some((rows, text)) = self.columns.get(&out.len()).filter(|_| self.repeated < REPEATED) {
            let (rows, text) = (*rows, text.clone());
            self.repeated += 1;
            if rows > 1 {
                self.columns.insert(out.len(), (rows - 1, text.clone()));
            } else {
                self.columns.remove(&out.len());
            }
            out.push(text);
        }
    }
}

/// Rows within each other that are kept apart; deeper ones are read as text.
const DEEPEST: usize = 12;

impl Rows {
    fn here(&mut self) -> &mut String {
        match self.open.last_mut() {
            Some(Row { cells, in_cell: true, .. }) if !cells.is_empty() => {
                let last = cells.len() - 1;
                &mut cells[last]
            }
            _ => &mut self.text,
        }
    }

    fn begin_row(&mut self) {
        if self.open.last().is_some_and(|row| !row.in_cell) {
            self.end_row();
        }
        if let Some(row) = self.open.last_mut() {
            row.nested = true;
        }
        if self.open.len() < DEEPEST {
            self.open.push(Row { table: self.tables.len(), ..Row::default() });
        }
    }

    fn begin_cell(&mut self, tag: &str) {
        let span = |name| match number(tag, name) {
            // To the end of the table.
            Some(0) => SPAN,
            number => number.unwrap_or(1).min(SPAN),
        };
        match self.open.last_mut() {
            Some(row) => {
                row.cells.push(String::new());
                row.spans.push((span("colspan"), span("rowspan")));
                row.in_cell = true;
            }
            None => self.text.push('\t'),
        }
    }

    fn table(&mut self, closing: bool) {
        if !closing {
            self.here().push('\n');
            self.tables.push(Reaching::default());
            return;
        }
        if self.open.last().is_some_and(|row| !row.in_cell) {
            self.end_row();
        } else {
            self.here().push('\n');
        }
        self.tables.pop();
    }

    fn end_cell(&mut self) {
        if let Some(row) = self.open.last_mut() {
            row.in_cell = false;
        }
    }

    /// Ends the innermost row: a line of cells, or where a cell holds paragraphs or a table, the lines of each.
    fn end_row(&mut self) {
        const LINES: usize = 3;
        let Some(row) = self.open.pop() else { return };
        let lines = |cell: &str| cell.lines().filter(|line| !line.trim().is_empty()).count();
        let mut table = row.table.checked_sub(1).and_then(|at| self.tables.get_mut(at));
        let alone = row.cells.len() < 2 && table.as_ref().is_none_or(|table| table.columns.is_empty());
        let layout = row.nested || alone || row.cells.iter().any(|cell| lines(cell) > LINES);
        let words = |cell: &String| cell.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = if layout {
            row.cells.join("\n")
        } else {
            let cells: Vec<String> = row.cells.iter().map(words).collect();
            match &mut table {
                Some(table) => table.unfold(cells, &row.spans).join("\t"),
                None => cells.join("\t"),
            }
        };
        let here = self.here();
        here.push('\n');
        here.push_str(&text);
        here.push('\n');
    }
}

/// The text of a page.
pub(in crate::bulletin) fn text_of(html: &str) -> String {
    let mut out = Rows::default();
    let mut rest = html;
    let mut verbatim = false;
    // Behind the last one no tag ends: what looks like the beginning of one is not searched for its end again and again.
    let last = html.rfind('>').unwrap_or(0);
    while let Some(c) = rest.chars().next() {
        if c == '<'
            && let Some((tag, after)) = tag(rest, html.len() - rest.len() < last)
        {
            rest = after;
            match tag.name.as_str() {
                "script" | "style" if !tag.closing => rest = after_element(rest, &tag.name),
                "pre" => {
                    verbatim = !tag.closing;
                    out.here().push('\n');
                }
                "tr" if tag.closing => out.end_row(),
                "tr" => out.begin_row(),
                "td" | "th" if tag.closing => out.end_cell(),
                "td" | "th" => out.begin_cell(tag.inside),
                "table" => out.table(tag.closing),
                name if BLOCKS.contains(&name) => out.here().push('\n'),
                _ => {}
            }
            continue;
        }
        if c == '&'
            && let Some((meant, after)) = entity(rest)
        {
            out.here().push(meant);
            rest = after;
            continue;
        }
        // A line break or a tab of the source is a blank of the page.
        out.here().push(if c.is_whitespace() && c.is_ascii() && !verbatim { ' ' } else { c });
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    while !out.open.is_empty() {
        out.end_row();
    }
    out.text
}

/// The issue that a page states in its head: `<meta name="PubDate" content="2026-08-12 16:05:33">`.
pub(in crate::bulletin) fn issue_of(html: &str) -> Option<Issue> {
    const NAMES: [&str; 11] = [
        "pubdate",
        "publishdate",
        "publish_date",
        "publishtime",
        "pub_date",
        "article:published_time",
        "datepublished",
        "dc.date",
        "firstpublishedtime",
        "others_pubdate",
        "weibo: article:create_at",
    ];
    const HEAD: usize = 200_000;
    let metas = html.match_indices("<meta").chain(html.match_indices("<META")).take(200);
    let inside = |(at, word): (usize, &str)| html.get(at + word.len()..).and_then(|tag| tag.split('>').next());
    metas.filter(|(at, _)| *at < HEAD).filter_map(inside).find_map(|inside| {
        let name = attribute(inside, "name").or_else(|| attribute(inside, "property"))?.to_ascii_lowercase();
        NAMES.contains(&name.as_str()).then(|| stamp::of_page(attribute(inside, "content")?))?
    })
}

/// The value of an attribute in quotation marks.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).find(|(at, _)| {
        let before = lower.get(..*at).and_then(|before| before.chars().next_back());
        before.is_some_and(|c| c.is_ascii_whitespace())
            && lower.get(at + name.len()..).is_some_and(|r| r.trim_start().starts_with('='))
    })?;
    let value = tag.get(at.0 + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    let mark = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    value.get(1..)?.split(mark).next().map(str::trim)
}

struct Tag<'a> {
    name: String,
    /// All that stands in it.
    inside: &'a str,
    closing: bool,
}

/// The number that an attribute states, in quotation marks or not.
fn number(tag: &str, name: &str) -> Option<usize> {
    let lower = tag.to_ascii_lowercase();
    let value = lower.split_once(name)?.1.trim_start().strip_prefix('=')?;
    let digits = value.trim_start_matches([' ', '"', '\'']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    // More digits than a number holds are far more than any span.
    digits.get(..end.min(6))?.parse().ok()
}

/// The tag or comment that `text` begins with, and what follows it; `ends` says whether any tag ends from here on.
fn tag(text: &str, ends: bool) -> Option<(Tag<'_>, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        let after = comment.split_once("-->").map_or("", |(_, after)| after);
        return Some((Tag { name: String::new(), inside: "", closing: false }, after));
    }
    let inner = text.strip_prefix('<').filter(|_| ends)?;
    let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let (inside, after) = inner.split_once('>')?;
    let name = inside.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some((Tag { name, inside, closing }, after))
}

/// What follows the end of an element whose content is no text; nothing where it never ends.
fn after_element<'a>(text: &'a str, name: &str) -> &'a str {
    for (at, _) in text.match_indices("</") {
        let inner = text.get(at + 2..).unwrap_or("");
        if inner.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return inner.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

fn entity(text: &str) -> Option<(char, &str)> {
    let inner = text.strip_prefix('&')?;
    let end = inner.bytes().take(10).position(|b| b == b';')?;
    let (name, after) = (inner.get(..end)?, inner.get(end + 1..)?);
    let meant = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
        None => ENTITIES.iter().find(|(word, _)| *word == name).map(|(_, meant)| *meant)?,
    };
    Some((meant, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_lines_without_its_scripts_and_comments() {
        let page = "<html><head><style>p{color:red}</style><script>if(a<b){x='</p>'}</script></head><body>\
                    <!-- 8月1日 --><p>8月2日&nbsp;PM<sub>2.5</sub></p><P class=\"a\">8月3日<br/>O&#8323;&#x7532;</P>\n\
                    <table><tr><td>a</td><td>b &lt; c &amp;</td></tr></table>1 < 2 &unknown; <";
        let lines: Vec<String> = text_of(page).lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
        assert_eq!(lines, ["8月2日 PM2.5", "8月3日", "O₃甲", "a\tb < c &", "1 < 2 &unknown; <"]);
        assert!(is_html(page));
        assert!(!is_html("AQI < 50，8月2日"));
        assert_eq!(text_of("a<script>never ends"), "a");
        assert_eq!(text_of("a<!-- never ends"), "a");
    }

    #[test]
    fn a_page_of_tags_that_never_end_is_read_in_time() {
        // Two million bytes: searching each beginning to the end of the page would look at 10¹² of them.
        let page = format!("</p>{}", "<a‹".repeat(400_000));
        let begun = std::time::Instant::now();
        assert_eq!(text_of(&page).len(), page.len() - 3);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
