//! A small EMR host: the main job of patient billing in a browser.

pub mod assets;
pub mod figures;
pub mod lang;
pub mod pages;
pub mod words;
