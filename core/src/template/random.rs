//! Random numbers that are the same on every platform and in every later version.
//!
//! The generator is ChaCha8 (the crate `rand_chacha`, whose output is part of its interface): a key
//! of 32 bytes, a stream number of 64 bits, and 64-bit words taken little-endian from the key stream.
//!
//! * A call with a `seed` of its own uses the key of that seed and the stream of its function's name:
//!   the same call gives the same value wherever it stands. A number is the key's first 8 bytes,
//!   little-endian, the rest zero; a text's key is its SHA-256. The stream is the first 8 bytes,
//!   little-endian, of the SHA-256 of the name.
//! * Any other call uses the next stream of the [`Host`]: the key of the render's seed and a counter,
//!   so that two calls differ; without a seed, the machine's entropy.
//!
//! Numbers below a bound come by Lemire's method: the upper word of the product of a random word and
//! the bound, where products whose lower word falls into the uneven rest are thrown away. None is
//! more likely than another.

use minijinja::Value;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::call::{Args, CallError, Param, describe, optional};
use super::host::Host;
use super::json;
use crate::digest::Digest;

/// The parameter that every random function has.
pub const SEED: Param = optional("seed", "");

/// A stream of random numbers.
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream for a call of the function `name`.
    ///
    /// # Errors
    /// When the argument `seed` is neither a whole number nor text.
    pub fn for_call(name: &str, args: &Args<'_>, host: &Host) -> Result<Self, CallError> {
        let (key, stream) = match args.get("seed").filter(|seed| !seed.is_none()) {
            Some(seed) => (key(seed)?, first_word(&Digest::of(name.as_bytes()))),
            None => host.next_stream(),
        };
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Ok(Self(generator))
    }

    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 if that is 0.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the two halves of a product"
    )]
    pub fn below(&mut self, bound: u64) -> u64 {
        let uneven = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let product = u128::from(self.word()) * u128::from(bound);
            if product as u64 >= uneven {
                return (product >> 64) as u64;
            }
        }
    }

    /// A place in something that has `length` places; 0 if it has none.
    pub fn place(&mut self, length: usize) -> usize {
        // What is below a `usize` is one.
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number from `min` to `max`, both included.
    pub fn between(&mut self, min: i64, max: i64) -> i64 {
        let span = max.wrapping_sub(min).cast_unsigned();
        let above = match span.checked_add(1) {
            Some(bound) => self.below(bound),
            None => self.word(),
        };
        min.wrapping_add(above.cast_signed())
    }

    /// A float of [0, 1), with 53 random bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn fraction(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of `items`, which must not be empty.
    pub fn choose<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.place(items.len())]
    }

    /// Brings `items` into random order, from their end to their start; stops when `count` of them
    /// have been drawn, and gives back these.
    pub fn draw(&mut self, mut items: Vec<Value>, count: usize) -> Vec<Value> {
        let count = count.min(items.len());
        for drawn in 0..count {
            let other = drawn + self.place(items.len() - drawn);
            items.swap(drawn, other);
        }
        items.truncate(count);
        items
    }

    /// This many random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        bytes
    }

    /// This many characters of an ASCII alphabet.
    pub fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(alphabet[self.place(alphabet.len())]))
            .collect()
    }
}

/// The key of an explicit seed.
fn key(seed: &Value) -> Result<[u8; 32], CallError> {
    if let Some(text) = seed.as_str() {
        return Ok(*Digest::of(text.as_bytes()).as_bytes());
    }
    let number = json::whole(seed).ok_or_else(|| {
        CallError::argument(
            "seed",
            format!(
                "`seed` must be a whole number or a string, not {}",
                describe(seed)
            ),
        )
    })?;
    // Negative numbers stand for the 64 bits that they are.
    let word = u64::try_from(number)
        .ok()
        .or_else(|| i64::try_from(number).ok().map(i64::cast_unsigned))
        .unwrap_or_default();
    Ok(Host::key(word))
}

fn first_word(digest: &Digest) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(stream: u64) -> Random {
        let mut generator = ChaCha8Rng::from_seed(Host::key(42));
        generator.set_stream(stream);
        Random(generator)
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // ChaCha8 with a zero key and nonce: first words of the key stream as in the test vectors
        // of draft-strombergson-chacha-test-vectors-01 (TC1, 256-bit key, 8 rounds).
        let mut zero = Random(ChaCha8Rng::from_seed([0; 32]));
        let bytes: [u8; 16] = zero.bytes();
        assert_eq!(
            bytes,
            [
                0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09,
                0xa5, 0xa1
            ]
        );
    }

    #[test]
    fn bounds_hold_and_every_value_comes() {
        let mut random = random(1);
        let mut seen = [0; 6];
        for _ in 0..6000 {
            seen[usize::try_from(random.between(-2, 3) + 2).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|count| (850..1150).contains(count)),
            "{seen:?}"
        );
        assert_eq!(random.between(5, 5), 5);
        assert_eq!(random.below(0), 0);
        for _ in 0..100 {
            let fraction = random.fraction();
            assert!((0.0..1.0).contains(&fraction));
            random.between(i64::MIN, i64::MAX);
        }
    }

    #[test]
    fn drawing_all_is_a_permutation() {
        let items: Vec<Value> = (0..10).map(Value::from).collect();
        let mut drawn = random(2).draw(items.clone(), 10);
        assert_ne!(drawn, items);
        drawn.sort();
        assert_eq!(drawn, items);
    }
}
