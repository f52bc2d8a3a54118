//! Letters with accents, those of Greek and Cyrillic, and punctuation, as ASCII.
//!
//! A small table of our own, which agrees with what Tera's `slugify` makes of these characters. Tera
//! carries half a megabyte of tables for all other scripts and for pictures: [`Tables`] says whether
//! they are at hand.
//!
//! [`Tables`]: super::super::tables::Tables

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What stands for `char` in ASCII, in small letters; what is no letter or digit there is a gap.
/// `None`: it is not in this table.
pub(in crate::template) fn to_ascii(char: char) -> Option<&'static str> {
    match char {
        // Control and format characters, and accents that stand alone.
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{300}'..='\u{362}' | '\u{200c}'..='\u{200f}' => {
            Some("")
        }
        '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Some(""),
        // Spaces, dashes, quotes, arrows, frames, brackets.
        '\u{a0}' | '¡' | '¤' | '¦' | '¨' | '«' | '¬' | '¯' | '±' | '´' | '·' | '¸' | '»' | '¿'
        | '÷' => Some("-"),
        '\u{2000}'..='\u{200b}' | '‐'..='\u{2029}' | '\u{202f}' | '′'..='⁉' | '⁌'..='\u{205f}' => {
            Some("-")
        }
        '⁺'..='⁾' | '₊'..='₎' | '←'..='↶' | '−'..='∙' | '≈'..='≯' | '─'..='╲' => {
            Some("-")
        }
        '〈'..='】' | '\u{387}' | 'Ъ' | 'ъ' | 'Ь' | 'ь' => Some("-"),
        // Capitals that are not written as their small letters are.
        'Ʒ' => Some("zh"),
        '\u{2126}' => Some("ohm"),
        _ => {
            let letter = |char: char| TABLE.get(&char).copied();
            let mut small = char.to_lowercase();
            let single = small.next().filter(|_| small.next().is_none());
            letter(char).or_else(|| single.and_then(letter))
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
    // Capitals that are not written as their small letters are.
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
    use super::super::super::oracle::host;
    use super::super::super::tables::Tables;
    use super::super::slugs::slugify;

    /// The slug of the character between two letters.
    fn slug(char: char, tables: Tables) -> Option<String> {
        let host = host().with_tables(tables);
        let slug = slugify(&format!("a{char}b"), &host).ok()?;
        Some(slug.as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_the_small_table_knows_it_knows_as_the_full_one_does() {
        let differs = |char: &char| {
            let small = slug(*char, Tables::Small);
            small.is_some() && small != slug(*char, Tables::Full)
        };
        let found: Vec<char> = ('\0'..=char::MAX).filter(differs).collect();
        assert_eq!(found, []);
    }

    #[test]
    fn latin_greek_cyrillic_and_punctuation_are_in_the_small_table() {
        let blocks = [
            '\u{80}'..='\u{17f}',
            '\u{386}'..='\u{3ce}',
            '\u{400}'..='\u{45f}',
            '\u{1e00}'..='\u{1e99}',
            '\u{1ea0}'..='\u{1ef9}',
        ];
        let others = "–—‘’‚“”„†‡•…‹›«»¡¿ \u{200b}\u{200d}\u{301}€£₽→≠≤";
        // Places without a character.
        let rare = "\u{38b}\u{38d}\u{3a2}";
        let unknown: String = blocks
            .into_iter()
            .flatten()
            .chain(others.chars())
            .filter(|char| slug(*char, Tables::Small).is_none() && !rare.contains(*char))
            .collect();
        assert_eq!(unknown, "");
    }
}
