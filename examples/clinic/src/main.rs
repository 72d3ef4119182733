//! A small EMR host in a browser.

fn main() {}
