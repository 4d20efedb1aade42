//! What each client does, in which order.

/// Where the clients run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    Page,
    Desktop,
}

/// A client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Client {
    JavaScript,
    Ours,
    /// As `Ours`, with handlers.
    Handlers,
    ByHand,
    Reqwest,
    GlooNet,
    Ehttp,
}

use Client::{ByHand, Ehttp, GlooNet, Handlers, JavaScript, Ours, Reqwest};

const OF_PAGE: &[Client] = &[JavaScript, Ours, ByHand, Reqwest, GlooNet, Ehttp];
const OF_DESKTOP: &[Client] = &[Reqwest, Ours, Handlers, Ehttp];

impl Client {
    /// Its name in the programs.
    pub(super) const fn word(self) -> &'static str {
        match self {
            JavaScript => "javascript",
            Ours => "ours",
            Handlers => "handlers",
            ByHand => "by_hand",
            Reqwest => "reqwest",
            GlooNet => "gloo_net",
            Ehttp => "ehttp",
        }
    }

    /// Its name, for readers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            JavaScript => "JavaScript",
            Ours => "fetch-runtime",
            Handlers => "with handlers",
            ByHand => "C API by hand",
            Reqwest => "reqwest",
            GlooNet => "gloo-net",
            Ehttp => "ehttp",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        OF_PAGE.iter().chain(OF_DESKTOP).copied().find(|client| client.word() == word)
    }
}

/// How a body is sent and received: a number of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Small,
    Whole,
    Stream,
    Cached,
    Validated,
    /// The size of the memory, after so many whole bodies.
    Memory,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    /// Its name in the programs.
    pub(super) word: &'static str,
    /// Its name, for readers.
    pub(super) name: &'static str,
    kind: Kind,
    length: u32,
    count: u32,
    lanes: u32,
}

impl Figure {
    /// Whether it is a number of bytes, which one measurement gives.
    pub(super) fn is_memory(&self) -> bool {
        self.kind == Kind::Memory
    }
}

const fn figure(word: &'static str, name: &'static str, kind: Kind, work: [u32; 3]) -> Figure {
    let [length, count, lanes] = work;
    Figure { word, name, kind, length, count, lanes }
}

const MIB: u32 = 1024 * 1024;

/// The memory comes first: a page's programs are fresh then.
const FIGURES_OF_PAGE: &[Figure] = &[
    figure("start", "memory at the start", Kind::Memory, [0, 0, 1]),
    figure("memory", "memory after bodies of 24 MiB", Kind::Memory, [24 * MIB, 4, 1]),
    figure("small_1", "100 bytes, one at a time", Kind::Small, [100, 128, 1]),
    figure("small_64", "100 bytes, 64 at a time", Kind::Small, [100, 512, 64]),
    figure("whole_1", "1 MiB as a whole", Kind::Whole, [MIB, 16, 1]),
    figure("whole_16", "16 MiB as a whole", Kind::Whole, [16 * MIB, 2, 1]),
    figure("whole_64", "64 MiB as a whole", Kind::Whole, [64 * MIB, 1, 1]),
    figure("stream_64", "64 MiB as a stream", Kind::Stream, [64 * MIB, 1, 1]),
    figure("cached_1k", "1 kB from the cache", Kind::Cached, [1_000, 128, 1]),
    figure("cached_1m", "1 MB from the cache", Kind::Cached, [1_000_000, 32, 1]),
    figure("validated_1k", "1 kB, confirmed by a 304", Kind::Validated, [1_000, 128, 1]),
    figure("validated_1m", "1 MB, confirmed by a 304", Kind::Validated, [1_000_000, 32, 1]),
];

const FIGURES_OF_DESKTOP: &[Figure] = &[
    figure("small_1", "100 bytes, one at a time", Kind::Small, [100, 1024, 1]),
    figure("small_64", "100 bytes, 64 at a time", Kind::Small, [100, 1024, 64]),
    figure("whole_64", "64 MiB as a whole", Kind::Whole, [64 * MIB, 1, 1]),
    figure("again_1k", "1 kB once more", Kind::Cached, [1_000, 512, 1]),
    figure("again_1m", "1 MB once more", Kind::Cached, [1_000_000, 64, 1]),
    figure("validated_1k", "1 kB, confirmed by a 304", Kind::Validated, [1_000, 512, 1]),
    figure("validated_1m", "1 MB, confirmed by a 304", Kind::Validated, [1_000_000, 64, 1]),
];

/// The steps of all clients.
pub(super) struct Plan {
    scene: Scene,
    rounds: usize,
}

impl Plan {
    /// A round that does not count comes before these.
    pub(super) fn new(scene: Scene, rounds: usize) -> Self {
        Self { scene, rounds }
    }

    pub(super) fn figures(&self) -> &'static [Figure] {
        match self.scene {
            Scene::Page => FIGURES_OF_PAGE,
            Scene::Desktop => FIGURES_OF_DESKTOP,
        }
    }

    /// The client that the others are compared with.
    pub(super) fn base(&self) -> Client {
        match self.scene {
            Scene::Page => JavaScript,
            Scene::Desktop => Reqwest,
        }
    }

    /// The clients, in the order of the columns.
    pub(super) fn clients(&self) -> &'static [Client] {
        match self.scene {
            Scene::Page => OF_PAGE,
            Scene::Desktop => OF_DESKTOP,
        }
    }

    /// How this client does the figure, if it can.
    fn kind(&self, figure: &Figure, client: Client) -> Option<Kind> {
        match (self.scene, figure.kind, client) {
            // A page's heap is not what JavaScript has to grow.
            (_, Kind::Memory, JavaScript) => None,
            (Scene::Page, Kind::Cached, Reqwest | GlooNet | Ehttp) => None,
            // Without a cache, it is a request like the first one.
            (Scene::Desktop, Kind::Cached | Kind::Validated, Reqwest | Ehttp) => Some(Kind::Small),
            (Scene::Page, Kind::Validated, ByHand | Reqwest | GlooNet | Ehttp) => Some(Kind::Small),
            (_, kind, _) => Some(kind),
        }
    }

    /// The clients of a round. They are rotated, and each second round goes backwards: so each of
    /// them is first as often as the others, and none follows the same one each time.
    fn order(&self, round: usize) -> Vec<Client> {
        let mut order = self.clients().to_vec();
        let first = round / 2 % order.len();
        order.rotate_left(first);
        if round % 2 == 1 {
            order.reverse();
        }
        order
    }

    /// The steps, one a line, as the programs read them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for round in 0..=self.rounds {
            for figure in self.figures().iter().filter(|it| round == 0 || !it.is_memory()) {
                for client in self.order(round) {
                    let Some(kind) = self.kind(figure, client) else { continue };
                    let (name, kind) = (client.word(), kind as u32);
                    let Figure { word, length, count, lanes, .. } = figure;
                    text += &format!("{round} {word} {name} {kind} {length} {count} {lanes}\n");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn the_order_is_rotated() {
        for scene in [Scene::Page, Scene::Desktop] {
            let plan = Plan::new(scene, 1);
            let clients = plan.clients().len();
            let mut firsts = BTreeMap::<_, usize>::new();
            let mut neighbours = BTreeMap::<_, BTreeSet<_>>::new();
            for round in 0..2 * clients {
                let order: Vec<_> = plan.order(round).iter().map(|client| client.word()).collect();
                assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), clients, "{order:?}");
                *firsts.entry(order[0]).or_default() += 1;
                for pair in order.windows(2) {
                    neighbours.entry(pair[1]).or_default().insert(pair[0]);
                }
            }
            assert!(firsts.values().all(|&times| times == 2), "{firsts:?}");
            assert!(neighbours.values().all(|before| before.len() == 2), "{neighbours:?}");
        }
    }

    #[test]
    fn a_step_is_a_line() {
        let text = Plan::new(Scene::Page, 2).text();
        assert!(text.starts_with("0 start ours 5 0 0 1\n"), "{text}");
        assert!(text.contains("\n2 small_64 ehttp 0 100 512 64\n"), "{text}");
        assert!(!text.contains("cached_1k reqwest"), "it has no cache: {text}");
        assert!(!text.contains("\n1 memory"), "the memory is measured once: {text}");
        let count =
            |text: &str, part: &str| text.lines().filter(|line| line.contains(part)).count();
        assert_eq!(count(&text, " whole_1 "), 3 * 6);
        let desktop = Plan::new(Scene::Desktop, 1).text();
        assert!(desktop.contains("1 again_1k ours 3 1000 "), "{desktop}");
        assert!(desktop.contains("1 again_1k reqwest 0 1000 "), "{desktop}");
    }

    #[test]
    fn lanes_have_as_many_requests_each() {
        for figure in FIGURES_OF_PAGE.iter().chain(FIGURES_OF_DESKTOP) {
            assert_eq!(figure.count % figure.lanes, 0, "{figure:?}");
        }
    }
}
