//! For the tests of the rules.
