//! What only material of others can show: bulletins and answers as published, the schema of CAP, years of stations. It stays
//! outside the repository, in `../shared`; `scripts/test` runs these where it is and says how many it did not run where not.

mod bulletins;
mod observations;
