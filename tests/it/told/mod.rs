//! Who is told, when and in which order; what people answer, release and end.

mod answers;
mod drafts;
mod escalation;
mod hand;
mod joined;
mod merged;
mod next_way;
mod orders;
mod pages;
mod planned;
mod quiet;
mod warnings;
