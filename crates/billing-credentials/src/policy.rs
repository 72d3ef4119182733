//! Live or test: which keys a deployment takes. Never a key.

/// Whether money is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Real money.
    Live,
    /// Play money.
    Test,
}

/// Which keys a deployment takes. It never mixes modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KeyPolicy {
    /// Live keys only. A test key would take cards and bring no money.
    #[default]
    LiveOnly,
    /// Test keys only, for a staging host.
    TestOnly,
}

impl KeyPolicy {
    /// The mode of the keys it takes.
    pub const fn mode(self) -> Mode {
        match self {
            Self::LiveOnly => Mode::Live,
            Self::TestOnly => Mode::Test,
        }
    }
}
