//! OSC 1.0 over UDP. OSC has no numbers, no clock and no secret: what is lost is not noticed, and
//! only this machine and listed senders are heard.
//!
//! A message becomes one of kind `custom` with `{"address": "/stage/reel_stop", "args": [2]}`. The
//! time tag of a bundle says when: 1 is at once, the past is at once and late, and more than a
//! minute ahead is refused.

use super::talk::Rows;
use super::{Context, Endpoint, StartError};
use crate::clock::Due;
use crate::frame::{FrameKind, PAYLOAD_MAX_BYTES};
use crate::hub::{Delivery, Notice, Peer};
use crate::rate::Gate;
use crate::session::{Message, Row};
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType};
use serde_json::{Map, Number, Value};
use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::UdpSocket;

/// Longest packet: what UDP over IPv4 carries.
pub const OSC_MAX_BYTES: usize = 65_507;
/// Bundles in bundles.
const NESTING_MAX: usize = 4;
/// Furthest ahead in microseconds.
const AHEAD_MAX_US: i64 = 60_000_000;
/// From the epoch of NTP, 1900, to that of Unix, in seconds.
const NTP_TO_UNIX_S: i128 = 2_208_988_800;
const ADDRESS_MAX: usize = 128;

pub(super) fn bind(context: &Context, address: SocketAddr) -> Result<UdpSocket, StartError> {
    let listen = || {
        let socket = std::net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket)?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    let (socket, address) = listen().map_err(|source| StartError::Bind {
        name: context.config.name.clone(),
        address,
        source,
    })?;
    context.hub.tell(Notice::Listening {
        connector: context.connector,
        address,
    });
    Ok(socket)
}

pub(super) async fn serve(context: Context, socket: UdpSocket) {
    let Endpoint::OscServer { allow, .. } = context.config.endpoint.clone() else {
        return;
    };
    let mut listener = Listener {
        wall: Wall::new(&context),
        peer: context.new_peer(),
        gate: Gate::new(context.config.rate),
        rows: Rows::new(),
        count: 0,
        context,
    };
    // One byte more shows what is too long.
    let mut packet = vec![0; OSC_MAX_BYTES + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut packet) => received,
            () = listener.context.ended() => return,
        };
        match received {
            Ok((length, from)) if is_heard(from.ip(), &allow) => {
                listener.take(&packet[..length]);
            }
            Ok(_) => {
                let connector = listener.context.connector;
                listener
                    .context
                    .hub
                    .dropped(connector, "sender", "packet", 1);
            }
            // Linux tells of an earlier packet that could not be delivered: nothing is wrong here.
            Err(_) => {}
        }
    }
}

fn is_heard(sender: IpAddr, allow: &[IpAddr]) -> bool {
    sender.to_canonical().is_loopback() || allow.contains(&sender.to_canonical())
}

/// Which moment of the service's clock is which of the calendar, in microseconds. Held while it is
/// right to a millisecond, so that distances between time tags are kept exactly.
struct Wall {
    /// The calendar less the service's clock, in 2^-32 s.
    offset: i128,
}

/// Both clocks are read so often at the beginning; the quickest reading counts.
const READINGS: usize = 16;
/// Beyond this the calendar was set, in 2^-32 s: a millisecond.
const TOLERANCE: i128 = (1 << 32) / 1000;

impl Wall {
    fn new(context: &Context) -> Self {
        let readings = (0..READINGS).map(|_| Self::read(context));
        let best = readings.min_by_key(|(spread_us, _)| *spread_us);
        Self {
            offset: best.map_or(0, |(_, offset)| offset),
        }
    }

    /// How long the reading took, and what it gave.
    fn read(context: &Context) -> (u64, i128) {
        let before = context.now_us();
        let wall = ntp_now();
        let after = context.now_us();
        let middle = i128::from(before) + i128::from(after - before) / 2;
        (after - before, wall - (middle << 32) / 1_000_000)
    }

    /// The calendar, when the service's clock is at `now_us`.
    fn ntp(&mut self, context: &Context, now_us: u64) -> i128 {
        let (spread_us, offset) = Self::read(context);
        if spread_us < 1000 && (offset - self.offset).abs() > TOLERANCE {
            self.offset = offset;
        }
        self.offset + (i128::from(now_us) << 32) / 1_000_000
    }
}

struct Listener {
    wall: Wall,
    context: Context,
    peer: Peer,
    gate: Gate,
    rows: Rows,
    /// Messages so far: OSC has no numbers of its own.
    count: u64,
}

impl Listener {
    fn take(&mut self, packet: &[u8]) {
        match read(packet) {
            Ok(packet) => {
                let now_us = self.context.now_us();
                let now_ntp = self.wall.ntp(&self.context, now_us);
                self.take_packet(packet, None, (now_us, now_ntp));
            }
            Err(text) => self.refuse("parse", text),
        }
    }

    fn take_packet(&mut self, packet: OscPacket, tag: Option<OscTime>, now: (u64, i128)) {
        match packet {
            OscPacket::Message(message) => self.take_message(message, tag, now),
            OscPacket::Bundle(OscBundle { timetag, content }) => {
                for inner in content {
                    self.take_packet(inner, Some(timetag), now);
                }
            }
        }
    }

    fn take_message(&mut self, message: OscMessage, tag: Option<OscTime>, now: (u64, i128)) {
        let (now_us, now_ntp) = now;
        self.count += 1;
        let signed = i64::try_from(now_us).unwrap_or(i64::MAX);
        let (due, data) = match (due(tag, now_ntp, signed), data(message)) {
            (Ok(due), Ok(data)) => (due, data),
            (Err(text), _) => return self.refuse("too_far", text),
            (_, Err(text)) => return self.refuse("field", text),
        };
        let message = Message {
            kind: FrameKind::Custom,
            seq: self.count,
            t_us: due.at_us.unwrap_or(signed),
            received_us: now_us,
            data,
        };
        let sorted = self.context.hub.sort(&message);
        if !self.gate.admits(sorted.0, now_us) {
            let hub = &self.context.hub;
            return hub.dropped(self.peer.connector, "rate", &sorted.1, 1);
        }
        let delivery = Delivery {
            peer: self.peer,
            due,
            message,
        };
        self.context.hub.deliver_sorted(delivery, sorted);
    }

    fn refuse(&mut self, code: &'static str, text: String) {
        self.context
            .hub
            .dropped(self.context.connector, code, "packet", 1);
        let row = Row::Refused {
            code,
            seq: None,
            text,
        };
        self.rows.tell(&self.context, self.peer, row);
    }
}

/// The messages of a packet in their order, as adapters get them: address and arguments.
/// `[thread-safe]`
///
/// # Errors
/// What is wrong with the packet; nothing of it is taken then.
pub fn osc_messages(packet: &[u8]) -> Result<Vec<Map<String, Value>>, String> {
    let mut open = vec![read(packet)?];
    let mut messages = Vec::new();
    while let Some(packet) = open.pop() {
        match packet {
            OscPacket::Message(message) => messages.push(data(message)?),
            OscPacket::Bundle(bundle) => open.extend(bundle.content.into_iter().rev()),
        }
    }
    Ok(messages)
}

fn read(packet: &[u8]) -> Result<OscPacket, String> {
    if packet.len() > OSC_MAX_BYTES {
        return Err(format!("a packet of more than {OSC_MAX_BYTES} bytes"));
    }
    // The reader calls itself for each bundle, so their depth is checked before.
    check_nesting(packet, NESTING_MAX)?;
    match rosc::decoder::decode_udp(packet) {
        Ok(([], packet)) => Ok(packet),
        Ok((rest, _)) => Err(format!("{} bytes after the packet", rest.len())),
        Err(error) => Err(format!("not OSC: {error}")),
    }
}

/// `levels` more bundles may be opened.
fn check_nesting(packet: &[u8], levels: usize) -> Result<(), String> {
    let Some(mut rest) = packet.strip_prefix(b"#bundle\0") else {
        return Ok(());
    };
    let Some(levels) = levels.checked_sub(1) else {
        return Err(format!("bundles nested deeper than {NESTING_MAX}"));
    };
    rest = rest.get(8..).unwrap_or(&[]);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let element = after.get(..length).unwrap_or(after);
        check_nesting(element, levels)?;
        rest = after.get(length..).unwrap_or(&[]);
    }
    Ok(())
}

fn data(message: OscMessage) -> Result<Map<String, Value>, String> {
    let OscMessage { addr, args } = message;
    if addr.chars().count() > ADDRESS_MAX {
        return Err(format!("an address of more than {ADDRESS_MAX} characters"));
    }
    let args: Result<Vec<Value>, String> = args.into_iter().map(value).collect();
    let mut data = Map::new();
    data.insert("address".to_owned(), addr.into());
    data.insert("args".to_owned(), args?.into());
    let bytes = Value::from(data.clone()).to_string().len();
    if bytes > PAYLOAD_MAX_BYTES {
        return Err(format!(
            "a message of {bytes} bytes as JSON; at most {PAYLOAD_MAX_BYTES} are taken"
        ));
    }
    Ok(data)
}

fn value(argument: OscType) -> Result<Value, String> {
    let number = |number: f64| {
        let number = Number::from_f64(number);
        number
            .map(Value::Number)
            .ok_or("a number that is not finite".to_owned())
    };
    match argument {
        OscType::Int(n) => Ok(n.into()),
        // Beyond 2^53 a whole number travels as text.
        OscType::Long(n) if n.abs_diff(0) > 1 << 53 => Ok(n.to_string().into()),
        OscType::Long(n) => Ok(n.into()),
        OscType::Float(n) => number(n.into()),
        OscType::Double(n) => number(n),
        OscType::String(text) => Ok(text.into()),
        OscType::Bool(is_true) => Ok(is_true.into()),
        _ => Err("an argument that is not of type i f s h d T F".to_owned()),
    }
}

fn due(tag: Option<OscTime>, now_ntp: i128, now_us: i64) -> Result<Due, String> {
    let at_once = Due {
        at_us: None,
        late_us: 0,
    };
    let Some(tag) = tag else {
        return Ok(at_once);
    };
    if (tag.seconds, tag.fractional) == (0, 1) {
        return Ok(at_once);
    }
    let tag = i128::from(tag.seconds) << 32 | i128::from(tag.fractional);
    let ahead_us = ((tag - now_ntp) * 1_000_000) >> 32;
    match i64::try_from(ahead_us).unwrap_or(i64::MIN) {
        ahead if ahead > AHEAD_MAX_US => Err(format!(
            "a time tag {ahead} us ahead; at most {AHEAD_MAX_US} are taken"
        )),
        ahead if ahead < 0 => Ok(Due {
            at_us: None,
            late_us: ahead.saturating_neg(),
        }),
        ahead => Ok(Due {
            at_us: Some(now_us.saturating_add(ahead)),
            late_us: 0,
        }),
    }
}

/// 32.32 seconds since 1900.
fn ntp_now() -> i128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = now.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(0));
    let since_1900 = nanos + NTP_TO_UNIX_S * 1_000_000_000;
    (since_1900 << 32) / 1_000_000_000
}

/// What a packet brings that comes at this moment: microseconds of the service's clock, and the
/// calendar in 2^-32 s.
#[cfg(test)]
pub(crate) fn deliveries(packet: &[u8], now: (u64, i128)) -> Vec<Delivery> {
    let (_end, end) = tokio::sync::watch::channel(false);
    let bind = ([127, 0, 0, 1], 0).into();
    let allow = Vec::new();
    let endpoint = Endpoint::OscServer { bind, allow };
    let classify = |message: &Message| crate::effect::classify(message, true, None);
    let context = Context {
        hub: crate::hub::Hub::new(Box::new(classify)).into(),
        config: super::ConnectorConfig::new("osc", endpoint).into(),
        connector: 1,
        start: tokio::time::Instant::now(),
        peers: std::sync::Arc::default(),
        end,
    };
    let hub = std::sync::Arc::clone(&context.hub);
    let mut listener = Listener {
        wall: Wall { offset: 0 },
        peer: context.new_peer(),
        gate: Gate::new(context.config.rate),
        rows: Rows::new(),
        count: 0,
        context,
    };
    match read(packet) {
        Ok(packet) => listener.take_packet(packet, None, now),
        Err(text) => listener.refuse("parse", text),
    }
    std::iter::from_fn(|| hub.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(addr: &str, args: Vec<OscType>) -> OscPacket {
        OscPacket::Message(OscMessage {
            addr: addr.to_owned(),
            args,
        })
    }

    fn nested(levels: usize) -> Vec<u8> {
        let timetag = OscTime {
            seconds: 0,
            fractional: 1,
        };
        let mut packet = message("/a", Vec::new());
        for _ in 0..levels {
            packet = OscPacket::Bundle(OscBundle {
                timetag,
                content: vec![packet],
            });
        }
        rosc::encoder::encode(&packet).unwrap()
    }

    #[test]
    fn bundles_nest_four_deep() {
        read(&nested(4)).unwrap();
        assert_eq!(
            read(&nested(5)).unwrap_err(),
            "bundles nested deeper than 4"
        );
        // As deep as a packet can be: the check returns before it calls itself that often.
        read(&nested(3000)).unwrap_err();
    }

    #[test]
    fn arguments_become_json() {
        let args = vec![
            OscType::Int(2),
            OscType::Float(0.5),
            OscType::String("x".to_owned()),
            OscType::Long(i64::MAX),
            OscType::Double(1e300),
            OscType::Bool(true),
        ];
        let packet = rosc::encoder::encode(&message("/stage/reel_stop", args)).unwrap();
        let Ok(OscPacket::Message(message)) = read(&packet) else {
            panic!("not a message");
        };
        let data = Value::Object(data(message).unwrap());
        let expected = serde_json::json!({
            "address": "/stage/reel_stop",
            "args": [2, 0.5, "x", "9223372036854775807", 1e300, true],
        });
        assert_eq!(data, expected);
        assert!(value(OscType::Nil).is_err() && value(OscType::Float(f32::NAN)).is_err());
    }

    #[test]
    fn a_message_is_no_longer_than_a_frame() {
        // 11 bytes each as JSON, and the rest around them.
        let most = (PAYLOAD_MAX_BYTES - r#"{"address":"/a","args":[]}"#.len()) / 12;
        for (count, is_taken) in [(most, true), (most + 1, false)] {
            let args = vec![OscType::Int(i32::MIN); count];
            let message = OscMessage {
                addr: "/a".to_owned(),
                args,
            };
            assert_eq!(data(message).is_ok(), is_taken, "{count}");
        }
    }

    #[test]
    fn time_tags_are_exact() {
        let now_ntp = (3_900_000_000_i128 << 32) + 12_345;
        let tag = |us: i128| {
            // Rounded up, as a tag just before the microsecond is the one before.
            let time = now_ntp + ((us << 32) + 999_999) / 1_000_000;
            Some(OscTime {
                seconds: u32::try_from(time >> 32).unwrap(),
                fractional: u32::try_from(time & 0xffff_ffff).unwrap(),
            })
        };
        let at = |us| due(tag(us), now_ntp, 500).unwrap();
        assert_eq!(at(0).at_us, Some(500));
        assert_eq!(at(20_833).at_us, Some(21_333));
        assert_eq!((at(-3).at_us, at(-3).late_us), (None, 3));
        assert_eq!(at(60_000_000).at_us, Some(60_000_500));
        assert!(due(tag(60_000_001), now_ntp, 0).is_err());
        let immediate = Some(OscTime {
            seconds: 0,
            fractional: 1,
        });
        assert_eq!(due(immediate, now_ntp, 0).unwrap().late_us, 0);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut state = 1_u64;
        for length in 0..2000 {
            let mut packet = nested(length % 6);
            for _ in 0..3 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (state >> 33) as usize % packet.len();
                packet[at] ^= state.to_le_bytes()[2];
            }
            packet.truncate(packet.len() - length % 3);
            let _ = read(&packet);
        }
    }
}
