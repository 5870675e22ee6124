use super::*;
use crate::error::{Error, ErrorKind};
use crate::project::Project;
use crate::version::Version;
use proptest::prelude::*;

fn caps() -> Caps {
    Caps::default()
}

fn project_json() -> Vec<u8> {
    Project::new("Packed").to_json().unwrap()
}

fn meta() -> Meta {
    let mut meta = Meta {
        name: "Pad".into(),
        tags: vec!["warm".into()],
        ..Meta::default()
    };
    meta.extra.insert("colour".into(), "blue".into());
    meta
}

/// A package as a newer minor version might write it: other order, unknown chunks, flags.
fn foreign() -> Vec<u8> {
    let mut writer = Writer::with_version(Version::new(1, 7), 0x8001, caps());
    let v = Version::new(1, 3);
    writer.chunk(Tag(*b"NEW!"), v, 7, b"unknown").unwrap();
    writer.chunk(Tag::ASSET, v, 1, b"\x05\0a.wavRIFF").unwrap();
    writer
        .chunk(Tag::META, v, 2, b"{ \"name\":\"odd  spacing\" }")
        .unwrap();
    writer.chunk(Tag(*b"NEW!"), v, 0, b"").unwrap();
    writer.chunk(Tag::PROJECT, v, 0, &project_json()).unwrap();
    writer.chunk(Tag(*b"\0\xff\n "), v, 0, &[0; 100]).unwrap();
    writer.finish()
}

fn own() -> Vec<u8> {
    let mut package = Package::new(project_json()).unwrap();
    package.add_asset("assets/kick.wav", b"RIFF kick").unwrap();
    package.add_asset("assets/empty.wav", b"").unwrap();
    package.set_meta(&meta()).unwrap();
    package.to_bytes().unwrap()
}

fn refused(data: &[u8]) -> Error {
    Package::from_bytes(data).unwrap_err()
}

#[test]
fn a_package_holds_what_was_put_in() {
    let bytes = own();
    let package = Package::from_bytes(&bytes).unwrap();
    assert_eq!(package.project_json(), project_json());
    assert_eq!(package.project().unwrap().0.name, "Packed");
    assert_eq!(package.meta().unwrap(), Some(meta()));
    let assets: Vec<_> = package
        .assets()
        .map(|asset| (asset.path, asset.bytes))
        .collect();
    assert_eq!(
        assets,
        [
            ("assets/kick.wav", &b"RIFF kick"[..]),
            ("assets/empty.wav", &b""[..])
        ]
    );
    assert_eq!(package.unknown().count(), 0);
}

#[test]
fn the_layout_is_the_documented_one() {
    let mut writer = Writer::new(caps());
    writer
        .chunk(Tag(*b"TEST"), Version::new(1, 2), 0x0304, b"hi")
        .unwrap();
    let bytes = writer.finish();
    let mut expected = b"SEGU\x00\x01\x00\x00\x2e\0\0\0\0\0\0\0".to_vec();
    expected.extend(crc32c::crc32c(&expected).to_le_bytes());
    let chunk = b"TEST\x02\x01\x04\x03\x02\0\0\0\0\0\0\0";
    expected.extend(chunk);
    expected.extend(crc32c::crc32c(&[&chunk[..], b"hi"].concat()).to_le_bytes());
    expected.extend(b"hi");
    expected.extend(crc32c::crc32c(&expected).to_le_bytes());
    assert_eq!(bytes, expected);
    // The check value of CRC-32C (Castagnoli), RFC 3720 B.4: 32 bytes of zeros.
    assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
}

#[test]
fn reading_and_writing_gives_the_same_bytes() {
    for bytes in [own(), foreign()] {
        let package = Package::from_bytes(&bytes).unwrap();
        assert_eq!(package.to_bytes().unwrap(), bytes);
        assert_eq!(package.into_owned().to_bytes().unwrap(), bytes);
    }
}

#[test]
fn an_edit_keeps_what_it_does_not_touch() {
    let bytes = foreign();
    let mut package = Package::from_bytes(&bytes).unwrap();
    package
        .set_project_json(Project::new("Other").to_json().unwrap())
        .unwrap();
    package.set_meta(&meta()).unwrap();
    package.add_asset("b.wav", b"b").unwrap();
    let bytes = package.to_bytes().unwrap();
    let package = Package::from_bytes(&bytes).unwrap();
    assert_eq!(package.project().unwrap().0.name, "Other");
    let unknown: Vec<_> = package
        .unknown()
        .map(|(_, payload)| payload.len())
        .collect();
    assert_eq!(unknown, [7, 0, 100]);
    assert_eq!(package.assets().count(), 2);
}

#[test]
fn a_newer_minor_version_loads_and_a_newer_major_version_is_refused() {
    Package::from_bytes(&foreign()).unwrap();
    let newer = Writer::with_version(Version::new(2, 0), 0, caps()).finish();
    let error = refused(&newer);
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    assert!(
        error
            .to_string()
            .contains("version 2.0, but this Segue reads up to version 1.x")
    );

    let mut writer = Writer::new(caps());
    writer
        .chunk(Tag::PROJECT, Version::new(2, 0), 0, b"?")
        .unwrap();
    let error = refused(&writer.finish());
    assert!(error.to_string().contains("2.0 in chunk PROJ"), "{error}");
}

#[test]
fn every_cut_is_named() {
    for bytes in [own(), foreign()] {
        for end in 0..bytes.len() {
            match refused(&bytes[..end]) {
                Error::Unrecognised { .. } => assert_eq!(end, 0),
                Error::Truncated {
                    offset,
                    needed,
                    have,
                    ..
                } => {
                    assert_eq!(offset + have, end as u64);
                    assert!(needed > have);
                }
                other => panic!("{end}: {other}"),
            }
        }
    }
    let text = refused(&own()[..50]).to_string();
    assert!(text.contains("chunk PROJ at offset 20"), "{text}");
}

#[test]
fn every_flipped_bit_is_found() {
    for bytes in [own(), foreign()] {
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Package::from_bytes(&bad).is_err(), "bit {bit}");
        }
    }
    for byte in 4..Header::BYTES {
        let mut bad = own();
        bad[byte] ^= 1;
        let text = refused(&bad).to_string();
        assert!(
            text.contains("damaged in header at offset 0"),
            "{byte}: {text}"
        );
    }
    let mut bad = own();
    let at = bad.windows(4).position(|window| window == b"kick").unwrap();
    bad[at + 10] ^= 1;
    let text = refused(&bad).to_string();
    assert!(text.contains("damaged in chunk ASST at offset"), "{text}");
}

#[test]
fn declared_lengths_are_capped_before_they_matter() {
    let huge = Header {
        version: VERSION,
        flags: 0,
        total_len: 1 << 63,
    };
    let error = refused(&huge.to_bytes());
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: "container_bytes",
                ..
            }
        ),
        "{error}"
    );

    for (tag, limit) in [
        (Tag::PROJECT, "project_json_bytes"),
        (Tag::META, "meta_chunk_bytes"),
        (Tag::ASSET, "asset_chunk_bytes"),
        (Tag(*b"ABCD"), "unknown_chunk_bytes"),
    ] {
        let header = ChunkHeader {
            tag,
            version: VERSION,
            flags: 0,
            len: 1 << 63,
            crc: 0,
        };
        let mut bytes = Header {
            version: VERSION,
            flags: 0,
            total_len: 44,
        }
        .to_bytes()
        .to_vec();
        bytes.extend(header.to_bytes());
        bytes.extend([0; 4]);
        let error = refused(&bytes);
        assert!(
            matches!(&error, Error::Limit { limit: l, .. } if *l == limit),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains(&format!("chunk {tag} at offset 20")),
            "{error}"
        );
    }

    let error = refused(
        &Header {
            version: VERSION,
            flags: 0,
            total_len: 23,
        }
        .to_bytes(),
    );
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

#[test]
fn the_writer_keeps_the_caps() {
    let mut small = Writer::new(Caps {
        total: 100,
        unknown: 50,
        ..caps()
    });
    let tag = Tag(*b"ABCD");
    let error = small.chunk(tag, VERSION, 0, &[0; 51]).unwrap_err();
    assert!(matches!(
        error,
        Error::Limit {
            limit: "unknown_chunk_bytes",
            ..
        }
    ));
    small.chunk(tag, VERSION, 0, &[0; 50]).unwrap();
    let error = small.chunk(tag, VERSION, 0, &[0; 50]).unwrap_err();
    assert!(matches!(
        error,
        Error::Limit {
            limit: "container_bytes",
            ..
        }
    ));
    let bytes = small.finish();
    assert_eq!(Reader::new(&bytes, &caps()).unwrap().chunks().count(), 1);
    let tight = Caps {
        total: bytes.len() as u64 - 1,
        ..caps()
    };
    assert!(matches!(
        Reader::new(&bytes, &tight),
        Err(Error::Limit { .. })
    ));
}

#[test]
fn chunks_are_counted() {
    let mut writer = Writer::new(caps());
    for _ in 0..crate::limits::CONTAINER_CHUNKS {
        writer.chunk(Tag(*b"TINY"), VERSION, 0, b"").unwrap();
    }
    let error = writer.chunk(Tag(*b"TINY"), VERSION, 0, b"").unwrap_err();
    assert!(matches!(
        error,
        Error::Limit {
            limit: "container_chunks",
            ..
        }
    ));
    Reader::new(&writer.finish(), &caps()).unwrap();
}

/// A container of these chunks is refused with these words.
fn check_refused(chunks: &[(Tag, &[u8])], words: &str) {
    let mut writer = Writer::new(caps());
    for (tag, payload) in chunks {
        writer.chunk(*tag, VERSION, 0, payload).unwrap();
    }
    let text = refused(&writer.finish()).to_string();
    assert!(text.contains(words), "{text}");
}

#[test]
fn chunks_that_contradict_each_other_are_refused() {
    let project = (Tag::PROJECT, &b"{}"[..]);
    check_refused(&[], "chunk PROJ at offset 24: it is missing");
    check_refused(
        &[project, project],
        "chunk PROJ at offset 42: it is there twice",
    );
    let meta = (Tag::META, &b"{}"[..]);
    check_refused(
        &[project, meta, meta],
        "chunk META at offset 64: it is there twice",
    );
    check_refused(&[project, (Tag::META, b"{]")], "META, line 1");
    check_refused(
        &[project, (Tag::META, b"{\"tags\": [1]}")],
        "META, tags[0] (line 1, column 11)",
    );
    check_refused(&[(Tag::ASSET, b"")], "it has no path");
    check_refused(&[(Tag::ASSET, b"\x02\0a")], "its path is longer than it is");
    check_refused(&[(Tag::ASSET, b"\x01\0\xff")], "not UTF-8");
    check_refused(
        &[(Tag::ASSET, b"\x04\0../a")],
        "relative path inside the project folder",
    );
    let asset = (Tag::ASSET, &b"\x01\0a"[..]);
    check_refused(&[asset, asset], "the path \"a\" is there twice");
}

#[test]
fn a_refused_edit_changes_nothing() {
    let mut package = Package::new(project_json()).unwrap();
    package.add_asset("a.wav", b"a").unwrap();
    let before = package.to_bytes().unwrap();
    assert!(package.add_asset("a.wav", b"b").is_err());
    assert!(package.add_asset("/a.wav", b"b").is_err());
    assert!(package.add_asset(&"a".repeat(70_000), b"b").is_err());
    assert!(
        package
            .set_meta(&Meta {
                name: "n".repeat(129),
                ..Meta::default()
            })
            .is_err()
    );
    assert!(
        package
            .set_project_json(vec![b' '; (16 << 20) + 1])
            .is_err()
    );
    assert_eq!(package.to_bytes().unwrap(), before);
}

#[test]
fn other_files_and_joined_files_are_refused() {
    assert_eq!(refused(b"RIFF....WAVE").kind(), ErrorKind::WrongFile);
    assert_eq!(refused(b"").kind(), ErrorKind::WrongFile);
    // No bytes of another file are told.
    let other = refused(b"s3cret").to_string();
    assert!(other.ends_with("container: it begins otherwise"), "{other}");
    let empty = refused(b"").to_string();
    assert!(empty.ends_with("container: it is empty"), "{empty}");
    let mut joined = own();
    joined.push(0);
    assert!(
        refused(&joined)
            .to_string()
            .contains("1 bytes follow the end")
    );
}

proptest! {
    #[test]
    fn any_chunks_come_back(
        chunks in prop::collection::vec(
            (any::<[u8; 4]>(), any::<u16>(), any::<u16>(), prop::collection::vec(any::<u8>(), 0..99)),
            0..9,
        ),
    ) {
        let mut writer = Writer::new(caps());
        for (tag, version, flags, payload) in &chunks {
            writer.chunk(Tag(*tag), Version(*version), *flags, payload).unwrap();
        }
        let bytes = writer.finish();
        let reader = Reader::new(&bytes, &caps()).unwrap();
        let read: Vec<_> = reader
            .chunks()
            .map(|chunk| (chunk.tag.0, chunk.version.0, chunk.flags, chunk.payload.to_vec()))
            .collect();
        prop_assert_eq!(read, chunks);
    }

    #[test]
    fn damage_with_correct_checksums_is_survived(
        at in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let mut body = own();
        body.truncate(body.len() - 4);
        let at = Header::BYTES + at.index(body.len() - Header::BYTES);
        body.splice(at.., noise);
        let total_len = body.len() as u64 + 4;
        let header = Header { version: VERSION, flags: 0, total_len };
        body[..Header::BYTES].copy_from_slice(&header.to_bytes());
        body.extend(crc32c::crc32c(&body).to_le_bytes());
        if let Ok(package) = Package::from_bytes(&body) {
            prop_assert_eq!(package.to_bytes().unwrap(), body, "the noise was what was there");
        }
    }

    #[test]
    fn payload_noise_never_panics(payload in prop::collection::vec(any::<u8>(), 0..600)) {
        for tag in [Tag::PROJECT, Tag::META, Tag::ASSET] {
            let mut writer = Writer::new(caps());
            writer.chunk(tag, VERSION, 0, &payload).unwrap();
            let bytes = writer.finish();
            if let Ok(package) = Package::from_bytes(&bytes) {
                prop_assert!(package.project().is_err());
                prop_assert_eq!(package.to_bytes().unwrap(), bytes);
            }
        }
    }
}
