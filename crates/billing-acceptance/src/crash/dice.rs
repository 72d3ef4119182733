//! Dice from a seed: which choice follows which is the same in every run of a seed. When things happen is not; that is up to the machine.

use std::ops::RangeInclusive;

/// The generator called splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one thing of a run: `what` tells it from the others.
    pub(crate) fn of(seed: u64, what: u64) -> Self {
        let mut dice = Self(seed ^ what.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.throw();
        dice
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.throw() % sides
    }

    /// One of these.
    pub(crate) fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    /// True in one of `sides` throws.
    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.place(among.len())]
    }

    /// One of so many places.
    pub(crate) fn place(&mut self, places: usize) -> usize {
        usize::try_from(self.below(u64::try_from(places).unwrap())).unwrap()
    }

    /// Dice of their own for something that happens at the same time.
    pub(crate) fn others(&mut self) -> Self {
        Self(self.throw())
    }
}
