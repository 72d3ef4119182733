//! The style sheet and the one script, compiled in. What they are served with is the route's business.

/// A file a browser asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The style sheet of every page.
pub const CLINIC_CSS: Asset = Asset {
    path: "/assets/clinic.css",
    content_type: "text/css; charset=utf-8",
    text: include_str!("assets/clinic.css"),
};

/// The payment window's script.
pub const PAY_JS: Asset = Asset {
    path: "/assets/pay.js",
    content_type: "text/javascript; charset=utf-8",
    text: include_str!("assets/pay.js"),
};

/// All of them.
pub const ALL: [Asset; 2] = [CLINIC_CSS, PAY_JS];
