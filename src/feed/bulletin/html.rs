//! A web page as lines of text.
//!
//! In: HTML, well-formed or not. Out: its text, a line for each paragraph, row or item. Can't happen: a script or a
//! comment taken for text; an endless search, because every step passes over something.

/// Tags that end a line.
const BLOCKS: [&str; 23] = [
    "p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "dt", "dd", "title",
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
pub(super) fn is_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["</", "<br", "<p>", "<p ", "<html", "<!doctype"].iter().any(|mark| lower.contains(mark))
}

/// The text of a page.
pub(super) fn text_of(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
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
                    out.push('\n');
                }
                "td" | "th" if !tag.closing => out.push('\t'),
                name if BLOCKS.contains(&name) => out.push('\n'),
                _ => {}
            }
            continue;
        }
        if c == '&'
            && let Some((meant, after)) = entity(rest)
        {
            out.push(meant);
            rest = after;
            continue;
        }
        // A line break of the source is a blank of the page.
        out.push(if (c == '\n' || c == '\r') && !verbatim { ' ' } else { c });
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    out
}

struct Tag {
    name: String,
    closing: bool,
}

/// The tag or comment that `text` begins with, and what follows it; `ends` says whether any tag ends from here on.
fn tag(text: &str, ends: bool) -> Option<(Tag, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        let after = comment.split_once("-->").map_or("", |(_, after)| after);
        return Some((Tag { name: String::new(), closing: false }, after));
    }
    let inner = text.strip_prefix('<').filter(|_| ends)?;
    let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let (inside, after) = inner.split_once('>')?;
    let name = inside.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some((Tag { name, closing }, after))
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
