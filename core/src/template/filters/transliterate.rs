//! Letters with accents, and those of Greek and Cyrillic, as ASCII.
//!
//! A small table of our own, which agrees with what Tera's `slugify` makes of these letters. Tera
//! carries half a megabyte of tables for all other scripts, and names for pictures; here each of
//! their characters is a gap between words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What stands for `char` in ASCII, in small letters; what is no letter or digit there is a gap.
pub(super) fn to_ascii(char: char) -> &'static str {
    match char {
        // Control and format characters, and accents that stand alone.
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{300}'..='\u{362}' | '\u{200c}'..='\u{200f}' => "",
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' => "",
        _ => {
            let letter = |char: char| TABLE.get(&char).copied();
            let mut small = char.to_lowercase();
            let single = small.next().filter(|_| small.next().is_none());
            letter(char)
                .or_else(|| single.and_then(letter))
                .unwrap_or("-")
        }
    }
}

static TABLE: LazyLock<BTreeMap<char, &'static str>> = LazyLock::new(|| {
    let small = GROUPS
        .iter()
        .flat_map(|(ascii, letters)| letters.chars().map(|letter| (letter, *ascii)));
    small.collect()
});

/// Small letters and signs by what stands for them; capitals are looked up as small letters.
const GROUPS: &[(&str, &str)] = &[
    // Two capitals that are not written as their small letters are.
    ("ks", "Ξ"),
    ("e", "Є"),
    ("-c-", "©"),
    ("-n", "ŉ"),
    ("-r-", "®"),
    ("0", "⁰₀"),
    ("1", "¹₁"),
    ("1-2", "½"),
    ("1-4", "¼"),
    ("2", "²₂"),
    ("3", "³₃"),
    ("3-4", "¾"),
    ("4", "⁴₄"),
    ("5", "⁵₅"),
    ("6", "⁶₆"),
    ("7", "⁷₇"),
    ("8", "⁸₈"),
    ("9", "⁹₉"),
    (
        "a",
        "ªàáâãäåāăąǎǟǡǻȁȃȧάαаḁạảấầẩẫậắằẳẵặἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷₐ",
    ),
    ("ae", "æǣǽ"),
    ("b", "ƀɓβϐбḃḅḇ"),
    ("btc", "₿"),
    ("c", "çćĉċčḉ"),
    ("c-", "¢"),
    ("ch", "ч"),
    ("d", "ðďđɗδдḋḍḏḑḓ₫"),
    ("deg", "°"),
    ("dj", "ђ"),
    ("dz", "ǆǳѕ"),
    ("dzh", "џ"),
    (
        "e",
        "èéêëēĕėęěȅȇȩɛέήεηϵеэḕḗḙḛḝẹẻẽếềểễệἐἑἒἓἔἕἠἡἢἣἤἥἦἧὲέὴήᾐᾑᾒᾓᾔᾕᾖᾗῂ",
    ),
    ("e", "ῃῄῆῇₑₔ"),
    ("eur", "€"),
    ("f", "ƒфḟ"),
    ("ff", "ﬀ"),
    ("ffi", "ﬃ"),
    ("ffl", "ﬄ"),
    ("fi", "ﬁ"),
    ("fl", "ﬂ"),
    ("g", "ĝğġģǧǵɣγгḡ"),
    ("g-", "ґ"),
    ("gj", "ѓ"),
    ("h", "ĥħȟḣḥḧḩḫẖₕ"),
    ("i", "ìíîïĩīĭįİıǐȉȋΐίιϊийіѝḭḯỉịἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗⁱ"),
    ("ia", "я"),
    ("ie", "ѐє"),
    ("ij", "ĳ"),
    ("io", "ё"),
    ("iu", "ю"),
    ("j", "ĵǰј"),
    ("k", "ķĸƙǩκϰкḱḳḵₖ"),
    ("kh", "χх"),
    ("kj", "ќ"),
    ("l", "ĺļľŀłλлḷḹḻḽₗ"),
    ("lj", "ǉљ"),
    ("m", "μмḿṁṃₘ"),
    ("n", "ñńņňǹνнṅṇṉṋⁿₙ"),
    ("ng", "ŋ"),
    ("nj", "ǌњ"),
    ("ns", "₪"),
    (
        "o",
        "ºòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱɔοωόώоṍṏṑṓọỏốồổỗộớờởỡợὀὁὂὃὄὅὠὡὢὣὤὥὦὧὸόὼ",
    ),
    ("o", "ώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷₒ"),
    ("oe", "œ"),
    ("p", "¶πϖпṕṗₚ"),
    ("ph", "φϕ"),
    ("ps", "£ψ"),
    ("r", "ŕŗřȑȓρϱрṙṛṝṟῤῥ"),
    ("rb", "₽"),
    ("rs", "₨₹"),
    ("s", "śŝşšſșςσсṡṣṥṧṩẛₛ"),
    ("sh", "ш"),
    ("shch", "щ"),
    ("ss", "§ß"),
    ("st", "ﬅﬆ"),
    ("t", "ţťŧțτтṫṭṯṱẗₜ"),
    ("th", "þθϑ"),
    ("tl", "₺"),
    ("ts", "ц"),
    ("tsh", "ћ"),
    (
        "u",
        "µùúûüũūŭůűųưǔǖǘǚǜȕȗΰυϋύϒϓϔуўṳṵṷṹṻụủứừửữựὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ",
    ),
    ("v", "вṽṿ"),
    ("w", "ŵẁẃẅẇẉẘ₩"),
    ("x", "×ξẋẍₓ"),
    ("y", "ýÿŷȳыẏẙỳỵỷỹ"),
    ("y-", "¥"),
    ("yi", "ї"),
    ("z", "źżžƶʒζзẑẓẕ"),
    ("zh", "ж"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::oracle::{call_in, host, tera};
    use super::super::FILTERS;

    /// Differences to Tera among these characters, each between two letters.
    fn differences(chars: impl Iterator<Item = char>) -> String {
        let differs = |char: &char| {
            let text = format!("a{char}b");
            let theirs = tera("{{ it | slugify }}", &json!({ "it": text })).unwrap();
            let ours = call_in(&host(), FILTERS, "slugify", text.into(), &json!({})).unwrap();
            ours.as_str() != Some(&theirs)
        };
        chars.filter(differs).collect()
    }

    #[test]
    fn latin_greek_and_cyrillic_are_teras() {
        let blocks = [
            '\u{80}'..='\u{17f}',
            '\u{370}'..='\u{3ce}',
            '\u{400}'..='\u{45f}',
            '\u{1e00}'..='\u{1e99}',
            '\u{1ea0}'..='\u{1ef9}',
            '\u{1f00}'..='\u{1fff}',
        ];
        // Archaic Greek, modifiers and numerals that Tera spells and we take for gaps.
        let rare = "¼½¾ŉͰͱͲͳͶͷͺͻͼͽͿ";
        let found = differences(
            blocks
                .into_iter()
                .flatten()
                .filter(|char| !rare.contains(*char)),
        );
        assert_eq!(found, "");
    }

    #[test]
    fn punctuation_is_a_gap() {
        let found = differences("–—‘’‚“”„†‡•…‹›«»¡¿ \u{200b}\u{200d}\u{301}€£₽→∞≠".chars());
        // Tera spells this one out.
        assert_eq!(found, "∞");
    }
}
