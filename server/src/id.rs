//! Ids that cannot be guessed: 128 random bits behind OpenAI's prefixes.

/// `prefix` and 32 hexadecimal digits.
///
/// # Panics
/// When the operating system has no random numbers, without which no secret of this process would be one.
pub(crate) fn mint(prefix: &str) -> String {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).expect("the operating system gives random numbers");
    format!("{prefix}{:032x}", u128::from_le_bytes(bits))
}

/// A random seed for a request that names none.
///
/// # Panics
/// See [`mint`].
pub(crate) fn seed() -> u64 {
    getrandom::u64().expect("the operating system gives random numbers")
}
