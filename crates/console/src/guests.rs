//! Who is connected, and who must leave where there is no room.
//!
//! In: connections as they come, go, and are served. Out: a place, or none; word to those that have been silent longest
//! that their place is another's. Can't happen: more places taken than there are; a request that is being answered, or
//! that may just be on its way, ended for a newcomer; connections that say nothing keeping out one that does.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// The places.
pub(super) struct Guests {
    most: usize,
    each: usize,
    /// How long one may be silent before its place is given away.
    patience: Duration,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    last: u64,
    seats: BTreeMap<u64, Seat>,
}

struct Seat {
    /// Whose it is; nothing where that is not counted.
    of: Option<IpAddr>,
    /// Since when no request of it is being answered; nothing while one is.
    silent: Option<Instant>,
    leave: CancellationToken,
}

/// A place taken; it is free again when this is dropped.
pub(super) struct Guest {
    guests: Arc<Guests>,
    number: u64,
    leave: CancellationToken,
}

/// What a newcomer gets.
pub(super) enum Entry {
    /// A place.
    Place(Guest),
    /// None for now: nobody has been silent for long.
    Full,
    /// None: its address has its share.
    Share,
}

/// While this is there, a request is being answered.
pub(super) struct Served(Arc<Guests>, u64);

impl Guests {
    /// `most` places in all, `each` for one address.
    pub(super) fn new(most: usize, each: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self { most, each, patience, inside: Mutex::default() })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection of an address, if need be that of one that has been silent longest: of the same address
    /// where that has its share, else of any.
    pub(super) fn enter(self: &Arc<Self>, of: Option<IpAddr>) -> Entry {
        let of = of.map(household);
        let mut inside = self.inside();
        let own = |seat: &Seat| of.is_some() && seat.of == of;
        if inside.seats.values().filter(|seat| own(seat)).count() >= self.each && !inside.send_away(self.patience, own)
        {
            return Entry::Share;
        }
        if inside.seats.len() >= self.most && !inside.send_away(self.patience, |_| true) {
            return Entry::Full;
        }
        inside.last += 1;
        let (number, leave) = (inside.last, CancellationToken::new());
        inside.seats.insert(number, Seat { of, silent: Some(Instant::now()), leave: leave.clone() });
        drop(inside);
        Entry::Place(Guest { guests: Arc::clone(self), number, leave })
    }

    /// Sends all away of whom no request is being answered.
    pub(super) fn send_silent_away(&self) {
        let mut inside = self.inside();
        while inside.send_away(Duration::ZERO, |_| true) {}
    }

    fn note(&self, number: u64, silent: Option<Instant>) {
        if let Some(seat) = self.inside().seats.get_mut(&number) {
            seat.silent = silent;
        }
    }
}

impl Inside {
    /// Frees the place of the one that has been silent longest among some, and for so long; says whether there is one.
    fn send_away(&mut self, patience: Duration, among: impl Fn(&Seat) -> bool) -> bool {
        let silent = self.seats.iter().filter(|(_, seat)| among(seat));
        let silent = silent.filter_map(|(number, seat)| Some((seat.silent?, *number)));
        let longest = silent.min().filter(|(since, _)| since.elapsed() >= patience);
        let seat = longest.and_then(|(_, number)| self.seats.remove(&number));
        seat.map(|seat| seat.leave.cancel()).is_some()
    }
}

impl Guest {
    /// Ends when the place is another's.
    pub(super) fn leave(&self) -> CancellationToken {
        self.leave.clone()
    }

    /// A request is being answered from now on.
    pub(super) fn served(&self) -> Served {
        self.guests.note(self.number, None);
        Served(Arc::clone(&self.guests), self.number)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.inside().seats.remove(&self.number);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.note(self.1, Some(Instant::now()));
    }
}

/// One address: of IPv6 the network that one household has.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> IpAddr {
        address.parse().expect("an address")
    }

    /// Those who get a place.
    fn enter(guests: &Arc<Guests>, of: impl Into<Option<IpAddr>>) -> Option<Guest> {
        if let Entry::Place(guest) = guests.enter(of.into()) { Some(guest) } else { None }
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_one_that_has_been_silent_longest() {
        let guests = Guests::new(3, 9, Duration::ZERO);
        let mut inside: Vec<Guest> = (1..=3).filter_map(|n| enter(&guests, from(&format!("192.0.2.{n}")))).collect();
        let served = inside[0].served();
        let fourth = enter(&guests, from("192.0.2.4")).expect("a place");
        let left: Vec<bool> = inside.iter().map(|guest| guest.leave().is_cancelled()).collect();
        assert_eq!(left, [false, true, false], "not the one that is served, nor one that came later");
        let busy = (inside[2].served(), fourth.served());
        assert!(enter(&guests, from("192.0.2.5")).is_none(), "all are served: nobody is sent away");
        drop((served, busy));
        assert!(enter(&guests, None).is_some(), "and when they have been, there is room");
        // The one sent away leaves late and frees nobody else's place.
        drop(inside.remove(1));
        assert_eq!(guests.inside().seats.len(), 2, "the newcomer of a moment ago has gone again");
    }

    #[test]
    fn one_address_takes_its_share_and_not_the_others() {
        let guests = Guests::new(100, 2, Duration::ZERO);
        let other = enter(&guests, from("192.0.2.9")).expect("a place");
        let many: Vec<Guest> = (0..5).filter_map(|_| enter(&guests, from("192.0.2.1"))).collect();
        let left = many.iter().filter(|guest| guest.leave().is_cancelled()).count();
        assert_eq!((many.len(), left), (5, 3), "its own oldest leave");
        assert!(!other.leave().is_cancelled());
        let busy: Vec<Served> = many.iter().map(Guest::served).collect();
        assert!(enter(&guests, from("192.0.2.1")).is_none() && enter(&guests, from("192.0.2.2")).is_some());
        drop(busy);
        // One household has a whole network of IPv6; an IPv4 address in its IPv6 form is the same.
        let six: Vec<Guest> = (1..=3).filter_map(|n| enter(&guests, from(&format!("2001:db8::{n}")))).collect();
        assert!(six[0].leave().is_cancelled());
        assert_eq!(household(from("::ffff:192.0.2.1")), from("192.0.2.1"));
        let proxy: Vec<Guest> = (0..50).filter_map(|_| enter(&guests, None)).collect();
        assert!(proxy.iter().all(|guest| !guest.leave().is_cancelled()), "a server before the pages is not counted");
    }

    #[test]
    fn who_has_just_come_or_was_just_answered_is_not_sent_away() {
        let guests = Guests::new(2, 2, Duration::from_mins(1));
        let inside: Vec<Guest> = (1..=2).filter_map(|n| enter(&guests, from(&format!("192.0.2.{n}")))).collect();
        drop(inside[0].served());
        assert!(matches!(guests.enter(Some(from("192.0.2.3"))), Entry::Full));
        assert!(inside.iter().all(|guest| !guest.leave().is_cancelled()));
        guests.send_silent_away();
        assert!(inside.iter().all(|guest| guest.leave().is_cancelled()), "but at the end");
    }
}
