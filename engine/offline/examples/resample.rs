//! Raw little-endian f64 samples, mono, from standard input to standard output at another rate:
//! `resample FROM TO import|offline|stream`. `tests/oracles` compares it with soxr.

#![forbid(unsafe_code)]

use std::io::{self, Read, Write};

use segue_offline::resample::{Tier, resample};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, tier] = &words[..] else {
        return Err("usage: resample FROM TO import|offline|stream".into());
    };
    let (from, to) = (from.parse()?, to.parse()?);
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    let words = bytes.as_chunks::<8>().0.iter();
    let input: Vec<f64> = words.map(|word| f64::from_le_bytes(*word)).collect();
    let tier = match tier.as_str() {
        "import" => Tier::Import,
        "stream" => Tier::Stream,
        _ => Tier::Offline,
    };
    let output = resample(&[input], from, to, tier)?.swap_remove(0);
    let bytes: Vec<u8> = output.iter().flat_map(|x| x.to_le_bytes()).collect();
    Ok(io::stdout().write_all(&bytes)?)
}
