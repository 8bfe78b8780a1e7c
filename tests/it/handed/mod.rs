//! What is handed to other systems: CAP, emergency broadcast files, OpenADR.

mod broadcast;
mod cap;
mod openadr;
