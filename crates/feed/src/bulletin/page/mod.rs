//! What a bulletin comes as: a web page, a word processor's document, a PDF, a text whose lines a program broke.
//!
//! In: bytes or text as published. Out: a page's text, and its lines. Can't happen: anything of the air judged here.

pub(super) mod html;
pub(super) mod lines;
pub(super) mod pdf;
