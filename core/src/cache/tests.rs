use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Fixed {
    id: u64,
    sources: BTreeMap<String, Digest>,
    variables: BTreeMap<String, Digest>,
    environment: BTreeMap<String, Digest>,
}

impl World for Fixed {
    fn id(&self) -> u64 {
        self.id
    }
    fn source(&self, name: &str) -> Option<Option<Digest>> {
        Some(self.sources.get(name).copied())
    }
    fn variable(&self, name: &str) -> Option<Digest> {
        self.variables.get(name).copied()
    }
    fn environment(&self, name: &str) -> Option<Digest> {
        self.environment.get(name).copied()
    }
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn version(value: u32, reads: Reads) -> Arc<Version<u32>> {
    sized(value, reads, 10, 0)
}

fn sized(value: u32, reads: Reads, bytes: usize, made_at: u64) -> Arc<Version<u32>> {
    Arc::new(Version {
        reads,
        value,
        bytes,
        made_at,
    })
}

fn reads_source(name: &str, found: Option<&str>) -> Reads {
    Reads {
        sources: vec![(name.into(), found.map(digest))],
        ..Reads::default()
    }
}

fn settings(max_entries: usize, max_bytes: usize, ttl_us: Option<u64>) -> CacheSettings {
    CacheSettings {
        max_entries,
        max_bytes,
        ttl_us,
    }
}

type Cache = RenderCache<u32, String>;

#[test]
fn a_source_that_appears_heals_a_render_that_missed_it() {
    let cache = Cache::new(CacheSettings::default());
    cache.keep(digest("k"), version(1, reads_source("a", None)));
    let mut world = Fixed::default();
    assert_eq!(
        cache.find(digest("k"), 0, &world).map(|found| found.value),
        Some(1)
    );
    world.sources.insert("a".into(), digest("text"));
    assert!(cache.find(digest("k"), 0, &world).is_none());
}

#[test]
fn versions_stand_side_by_side_and_the_fifth_drops_the_first() {
    let cache = Cache::new(CacheSettings::default());
    for (value, text) in (0..).zip(["a", "b", "c", "d", "e"]) {
        cache.keep(digest("k"), version(value, reads_source("x", Some(text))));
    }
    let find = |text| {
        let world = Fixed {
            sources: BTreeMap::from([("x".to_owned(), digest(text))]),
            ..Fixed::default()
        };
        cache.find(digest("k"), 0, &world).map(|found| found.value)
    };
    assert_eq!(
        ["a", "b", "c", "d", "e"].map(find),
        [None, Some(1), Some(2), Some(3), Some(4)]
    );
}

#[test]
fn variables_and_environment_are_compared_unless_the_world_is_the_same() {
    let cache = Cache::new(CacheSettings::default());
    let reads = Reads {
        world: 7,
        variables: vec![("v".into(), Some(digest("1")))],
        environment: vec![("E".into(), None)],
        ..Reads::default()
    };
    cache.keep(digest("k"), version(1, reads));
    let hit = |world: &Fixed| cache.find(digest("k"), 0, world).is_some();
    let mut world = Fixed {
        id: 8,
        ..Fixed::default()
    };
    assert!(!hit(&world));
    world.variables.insert("v".into(), digest("1"));
    assert!(hit(&world));
    world.environment.insert("E".into(), digest(""));
    assert!(!hit(&world), "set to nothing is not unset");
    world.id = 7;
    assert!(hit(&world));
}

#[test]
fn a_version_is_not_used_after_its_time() {
    let cache = Cache::new(settings(10, 10_000, Some(100)));
    cache.keep(digest("k"), sized(1, Reads::default(), 10, 1_000));
    let world = Fixed::default();
    assert!(cache.find(digest("k"), 1_099, &world).is_some());
    assert!(cache.find(digest("k"), 1_100, &world).is_none());
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.evictions), (1, 1, 1));
    assert_eq!(stats.entries, 0);
}

#[test]
fn the_least_recently_used_goes_first() {
    let cache = Cache::new(settings(2, 10_000, None));
    let world = Fixed::default();
    for name in ["a", "b"] {
        cache.keep(digest(name), version(1, Reads::default()));
    }
    assert!(cache.find(digest("a"), 0, &world).is_some());
    cache.keep(digest("c"), version(1, Reads::default()));
    let held = ["a", "b", "c"].map(|name| cache.find(digest(name), 0, &world).is_some());
    assert_eq!(held, [true, false, true]);
    assert_eq!(cache.stats().evictions, 1);
}

#[test]
fn one_too_large_for_the_cache_does_not_empty_it() {
    let cache = Cache::new(settings(10, 2_000, None));
    cache.keep(digest("a"), version(1, Reads::default()));
    cache.keep(digest("b"), sized(1, Reads::default(), 5_000, 0));
    let world = Fixed::default();
    assert!(cache.find(digest("a"), 0, &world).is_some());
    assert!(cache.find(digest("b"), 0, &world).is_none());
}

#[test]
fn no_entries_means_off() {
    let cache = Cache::new(settings(0, 10_000, None));
    cache.keep(digest("a"), version(1, Reads::default()));
    cache.keep_document(digest("d"), Arc::new(String::new()), 1);
    assert!(cache.find(digest("a"), 0, &Fixed::default()).is_none());
    assert!(cache.document(digest("d")).is_none());
    assert_eq!(cache.stats().entries, 0);
}

#[test]
fn the_mean_of_renders_and_the_hit_rate() {
    let cache = Cache::new(CacheSettings::default());
    assert_eq!(cache.stats().hit_rate, 0.0);
    cache.note_render(10);
    cache.note_render(20);
    cache.find(digest("a"), 0, &Fixed::default());
    cache.keep(digest("a"), version(1, Reads::default()));
    cache.find(digest("a"), 0, &Fixed::default());
    let stats = cache.stats();
    assert_eq!(stats.average_render_us, 15.0);
    assert_eq!(stats.hit_rate, 0.5);
}

#[derive(Clone, Debug)]
enum Step {
    Keep(u8, u8, usize),
    Document(u8, usize),
    Find(u8, u8),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..8u8, 0..6u8, 0..600usize).prop_map(|(k, r, b)| Step::Keep(k, r, b)),
        3 => (0..8u8, 0..600usize).prop_map(|(k, b)| Step::Document(k, b)),
        3 => (0..8u8, 0..6u8).prop_map(|(k, r)| Step::Find(k, r)),
        1 => Just(Step::Clear),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    /// Whatever is put in, both bounds hold after every step, and the books are right: what is
    /// counted is what is there.
    #[test]
    fn bounds_hold_after_every_step(steps in steps(), max_entries in 1..5usize, max_bytes in 0..3_000usize) {
        let cache = Cache::new(settings(max_entries, max_bytes, None));
        for step in steps {
            match step {
                Step::Keep(key, read, bytes) => cache.keep(
                    Digest::of(&[key]),
                    sized(0, reads_source("x", Some(&read.to_string())), bytes, 0),
                ),
                Step::Document(key, bytes) => {
                    cache.keep_document(Digest::of(&[key]), Arc::new(String::new()), bytes);
                }
                Step::Find(key, read) => {
                    let world = Fixed {
                        id: 1,
                        sources: BTreeMap::from([("x".to_owned(), digest(&read.to_string()))]),
                        ..Fixed::default()
                    };
                    cache.find(Digest::of(&[key]), 0, &world);
                }
                Step::Clear => cache.clear(),
            }
            let (files, documents, bytes) = cache.shelf().audit();
            prop_assert!(files <= max_entries && documents <= max_entries);
            prop_assert!(bytes <= max_bytes);
        }
    }
}
