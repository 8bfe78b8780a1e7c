//! The derive macro that openleadr-wire's types name. It adds nothing to them.

use proc_macro::TokenStream;

/// Nothing.
#[proc_macro_derive(Type, attributes(sqlx))]
pub fn nothing(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
