//! Kinds of service that we know.
