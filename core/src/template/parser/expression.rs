//! Expressions, after Tera's grammar.
//!
//! Its levels, from the loosest: `or`, `and`, `not`, then one `in` or one comparison, then sums of
//! products whose parts may carry filters. A filter binds the whole sum before it: `a + b | round`
//! rounds the sum. Texts and `~` chains are a level of their own and take no arithmetic. What Tera
//! refuses and we take is noted.

use std::sync::Arc;

use minijinja::Value;

use super::super::ast::{
    Argument, Call, Comparison, Expr, Factor, In, Kind, MacroCall, Path, Problem, Step, Term, Test,
};
use super::super::callables::{Family, bind};
use super::super::lexer::{is_space, is_word};
use super::{MAX_PROBLEMS, Parser};
use crate::diagnostic::{Code, short};
use crate::source::Span;

/// What a read gives; the problem is boxed, since it is large and rare.
pub(super) type Parsed<T> = Result<T, Box<Problem>>;

const PARENTHESES: &str = "a parenthesised expression within another";
const POSITIONAL: &str = "an argument without its name";

impl<'t> Parser<'t> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Self::alternatives)
    }

    /// Reads one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.limits.expression_depth {
            let limit = self.limits.expression_depth;
            return Err(Box::new(Problem::new(
                Code::T109,
                self.here(),
                format!("an expression nested deeper than {limit} levels"),
            )));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts an operator or a filter.
    fn operator(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.operators > self.limits.operators {
            let limit = self.limits.operators;
            return Err(Box::new(Problem::new(
                Code::T109,
                self.here(),
                format!("an expression with more than {limit} operators"),
            )));
        }
        Ok(())
    }

    /// `a and b or c`
    fn alternatives(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let first = self.negation()?;
        if !(self.cursor.at_word("and") || self.cursor.at_word("or")) {
            return Ok(first);
        }
        self.not_an_array(&first);
        let mut alternatives = vec![vec![first]];
        loop {
            if self.cursor.eat_word("or") {
                alternatives.push(Vec::new());
            } else if !self.cursor.eat_word("and") {
                break;
            }
            self.spaced();
            self.operator()?;
            self.cursor.skip_space();
            let value = self.negation()?;
            self.not_an_array(&value);
            if let Some(all) = alternatives.last_mut() {
                all.push(value);
            }
        }
        Ok(self.plain(Kind::Logic(alternatives), start))
    }

    /// `not a`
    fn negation(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let after = self.cursor.peek_at(3);
        let negated = self.cursor.at_word("not") && (is_space(after) || after == b'(');
        if negated {
            self.operator()?;
            self.cursor.at += 3;
            self.spaced();
            self.cursor.skip_space();
        }
        let mut value = self.comparison()?;
        if negated {
            self.not_an_array(&value);
            if matches!(value.kind, Kind::Group(_)) {
                self.extension(value.span, PARENTHESES);
            }
            value.negated = true;
            value.span.start = start;
            return Ok(value);
        }
        // In Tera parentheses around a whole operand of `and` and `or` vanish, and a `not` that is
        // all they hold vanishes with them.
        if value.filters.is_empty()
            && let Kind::Group(inner) = value.kind
        {
            self.not_an_array(&inner);
            let mut inner = *inner;
            inner.negated = false;
            inner.span = value.span;
            return Ok(inner);
        }
        Ok(value)
    }

    /// `a in b`, `a == b`
    fn comparison(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let left = self.operand()?;
        let found = if let Some(negated) = self.in_operator() {
            self.operator()?;
            self.cursor.skip_space();
            let container = self.operand()?;
            let plain = match &container.kind {
                Kind::Text(_) | Kind::Concat(_) | Kind::Array(_) => true,
                Kind::Path(_) => container.filters.is_empty(),
                _ => false,
            };
            if !plain {
                self.extension(container.span, "an expression after `in`");
            }
            self.ungrouped(&left);
            self.not_an_array(&left);
            Kind::In(Box::new(In {
                needle: left,
                negated,
                container,
            }))
        } else if let Some(comparison) = self.comparison_operator() {
            self.operator()?;
            self.cursor.skip_space();
            let right = self.operand()?;
            for side in [&left, &right] {
                self.ungrouped(side);
                self.not_an_array(side);
            }
            Kind::Compare(Box::new((left, comparison, right)))
        } else {
            return Ok(left);
        };
        if self.comparison_operator().is_some() || self.in_operator().is_some() {
            return Err(
                self.syntax_here("comparisons cannot be chained", |problem| {
                    problem.help("join two comparisons by `and`")
                }),
            );
        }
        Ok(self.plain(found, start))
    }

    /// Notes an array literal where Tera allows none.
    fn not_an_array(&mut self, value: &Expr) {
        if matches!(value.kind, Kind::Array(_)) {
            self.extension(value.span, "an array literal within an expression");
        }
    }

    /// Notes a word that Tera would not read as an operator.
    fn spaced(&mut self) {
        if !is_space(self.cursor.peek()) {
            self.extension(self.here(), "no space after a keyword");
        }
    }

    /// `in` or `not in`; the answer is whether it is negated.
    fn in_operator(&mut self) -> Option<bool> {
        let before = self.cursor;
        if self.cursor.eat_word("in") {
            return Some(false);
        }
        if self.cursor.eat_word("not") {
            self.cursor.skip_space();
            if self.cursor.eat_word("in") {
                return Some(true);
            }
        }
        self.cursor = before;
        None
    }

    fn comparison_operator(&mut self) -> Option<Comparison> {
        [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            (">", Comparison::Greater),
            ("<", Comparison::Less),
            ("==", Comparison::Equal),
            ("!=", Comparison::Unequal),
        ]
        .into_iter()
        .find(|(symbol, _)| self.cursor.eat(symbol))
        .map(|(_, comparison)| comparison)
    }

    /// A text or a chain of `~` with filters, or sums whose parts may carry filters.
    pub(super) fn operand(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let first = self.primary()?;
        if self.cursor.peek() == b'~' {
            return self.concat(first, start);
        }
        if matches!(first.kind, Kind::Text(_) | Kind::Array(_) | Kind::Map(_)) {
            let first = self.filtered(first, start)?;
            if let Some(symbol) = self.math_operator() {
                let what = if matches!(first.kind, Kind::Text(_)) {
                    "a string"
                } else {
                    "an array"
                };
                return Err(self.syntax_here(
                    format!("`{symbol}` cannot follow {what}"),
                    |problem| match symbol {
                        '+' => problem.help("join texts by `~`"),
                        _ => problem,
                    },
                ));
            }
            return Ok(first);
        }
        let first = self.sum(first, start)?;
        if self.math_operator().is_none() {
            return Ok(first);
        }
        // Only after a filter: without one the sum has taken all there is.
        let mut terms = vec![Term {
            minus: false,
            factors: vec![(Factor::Times, first)],
        }];
        while let Some(symbol) = self.math_operator() {
            self.operator()?;
            self.cursor.at += 1;
            self.cursor.skip_space();
            let start = self.cursor.at;
            let first = self.math_primary()?;
            let part = self.sum(first, start)?;
            push_operand(&mut terms, symbol, part);
        }
        Ok(self.plain(Kind::Math(terms), start))
    }

    /// `a + b * c | filter`
    fn sum(&mut self, first: Expr, start: usize) -> Parsed<Expr> {
        let value = if self.math_operator().is_some() {
            self.ungrouped(&first);
            let mut terms = vec![Term {
                minus: false,
                factors: vec![(Factor::Times, first)],
            }];
            while let Some(symbol) = self.math_operator() {
                self.operator()?;
                self.cursor.at += 1;
                self.cursor.skip_space();
                let operand = self.math_primary()?;
                self.ungrouped(&operand);
                push_operand(&mut terms, symbol, operand);
            }
            self.plain(Kind::Math(terms), start)
        } else {
            first
        };
        self.filtered(value, start)
    }

    /// An operand of arithmetic.
    fn math_primary(&mut self) -> Parsed<Expr> {
        let operand = self.primary()?;
        let what = match operand.kind {
            Kind::Text(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Map(_) => "an object",
            _ => return Ok(operand),
        };
        Err(Box::new(
            Problem::syntax(
                operand.span,
                format!("arithmetic cannot be done with {what}"),
            )
            .help("join texts by `~`"),
        ))
    }

    /// The operator of arithmetic that stands here.
    fn math_operator(&self) -> Option<char> {
        let symbol = self.cursor.peek();
        (matches!(symbol, b'+' | b'-' | b'*' | b'/' | b'%') && !self.cursor.at_tag_end())
            .then_some(char::from(symbol))
    }

    /// `a ~ b ~ c | filter`
    fn concat(&mut self, first: Expr, start: usize) -> Parsed<Expr> {
        let mut parts = vec![first];
        while self.cursor.eat("~") {
            self.operator()?;
            self.cursor.skip_space();
            parts.push(self.primary()?);
        }
        for part in &parts {
            match part.kind {
                Kind::Text(_) | Kind::Number(_) | Kind::Path(_) | Kind::Function(_) => {}
                _ => self.extension(part.span, "an expression as an operand of `~`"),
            }
        }
        let value = self.plain(Kind::Concat(parts), start);
        let value = self.filtered(value, start)?;
        if let Some(symbol) = self.math_operator() {
            return Err(
                self.syntax_here(format!("`{symbol}` cannot follow `~`"), |problem| {
                    problem.help("put the arithmetic in parentheses")
                }),
            );
        }
        Ok(value)
    }

    /// The filters that follow `value`.
    fn filtered(&mut self, mut value: Expr, start: usize) -> Parsed<Expr> {
        while self.cursor.peek() == b'|' {
            if self.cursor.peek_at(1) == b'|' {
                return Err(
                    self.syntax_here("`||` is no operator", |problem| problem.help("write `or`"))
                );
            }
            if value.filters.is_empty() {
                self.ungrouped(&value);
            }
            self.operator()?;
            self.cursor.at += 1;
            self.cursor.skip_space();
            let filter = self.filter_call()?;
            value.filters.push(filter);
            value.span = Span::new(start, self.last);
        }
        Ok(value)
    }

    /// `name` or `name(arguments)`, as it stands after `|` and `filter`.
    pub(super) fn filter_call(&mut self) -> Parsed<Call> {
        let Some((name, name_span)) = self.cursor.name() else {
            return Err(self.expected("the name of a filter"));
        };
        self.call(Family::Filter, name, name_span)
    }

    /// The arguments, if there are any, of what was just named.
    fn call(&mut self, family: Family, name: &'t str, name_span: Span) -> Parsed<Call> {
        self.done(name_span.end);
        let mut arguments = Vec::new();
        if self.cursor.peek() == b'(' {
            arguments = self.arguments()?;
            if family == Family::Test && arguments.is_empty() {
                self.extension(name_span, "a test with empty parentheses");
            }
        }
        if family != Family::Test {
            for argument in &arguments {
                if argument.name.is_none() {
                    self.extension(argument.value.span, POSITIONAL);
                }
            }
        }
        let span = Span::new(name_span.start, self.last);
        let name = self.intern(name);
        let call = bind(family, (name, name_span), span, arguments);
        if call.callable.is_none() && self.unknown.len() < MAX_PROBLEMS {
            self.unknown.push(family.unknown(&call.name, name_span));
        }
        Ok(call)
    }

    /// `(a, name=b)`
    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        self.nested(|this| {
            let open = this.cursor.at;
            this.cursor.at += 1;
            this.cursor.skip_space();
            let mut arguments = Vec::new();
            loop {
                if this.close(b')') {
                    return Ok(arguments);
                }
                if this.at_end() {
                    return Err(this.unclosed(open, "(", ")"));
                }
                let before = this.cursor;
                let mut name = None;
                if let Some((text, span)) = this.cursor.name() {
                    this.cursor.skip_space();
                    if this.cursor.peek() == b'=' && this.cursor.peek_at(1) != b'=' {
                        this.cursor.at += 1;
                        this.cursor.skip_space();
                        name = Some((this.intern(text), span));
                    } else {
                        this.cursor = before;
                    }
                }
                let value = this.alternatives()?;
                arguments.push(Argument { name, value });
                this.separator(open, "(", ")")?;
            }
        })
    }

    /// A value without operators.
    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        if let Some(string) = self.cursor.string() {
            let (text, span) = string?;
            self.done(span.end);
            return Ok(self.plain(Kind::Text(Value::from(text)), start));
        }
        match self.cursor.peek() {
            b'(' => self.parenthesised(),
            b'[' => self.array(),
            b'{' if !matches!(self.cursor.peek_at(1), b'{' | b'%' | b'#') => self.map(),
            b'0'..=b'9' => self.number(),
            b'-' if self.cursor.peek_at(1).is_ascii_digit() => self.number(),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => self.named(),
            _ => {
                let hint = match self.cursor.peek() {
                    b'-' => Some("there is no unary minus: write `0 - value`"),
                    b'!' => Some("write `not`"),
                    b'.' => Some("a name must stand before the dot"),
                    _ => None,
                };
                let mut problem = self.expected("a value");
                problem.help = hint.map(Into::into);
                Err(problem)
            }
        }
    }

    /// `(a)`
    fn parenthesised(&mut self) -> Parsed<Expr> {
        self.nested(|this| {
            let start = this.cursor.at;
            this.cursor.at += 1;
            this.cursor.skip_space();
            let inner = this.alternatives()?;
            if !this.close(b')') {
                if this.at_end() {
                    return Err(this.unclosed(start, "(", ")"));
                }
                return Err(this.expected("`)` or an operator"));
            }
            let simple = matches!(
                inner.kind,
                Kind::Bool(_)
                    | Kind::Test(_)
                    | Kind::Macro(_)
                    | Kind::Function(_)
                    | Kind::Path(_)
                    | Kind::Number(_)
                    | Kind::Math(_)
            );
            let span = Span::new(start, this.last);
            if simple && !inner.negated && inner.filters.is_empty() {
                return Ok(Expr { span, ..inner });
            }
            let mut group = this.plain(Kind::Group(Box::new(inner)), start);
            group.span = span;
            // `(a or b) is true`, `(a ~ b) ~ c`: noted where they are used.
            Ok(group)
        })
    }

    /// Notes parentheses where Tera does not allow them.
    fn ungrouped(&mut self, value: &Expr) {
        if matches!(value.kind, Kind::Group(_)) && value.filters.is_empty() {
            self.extension(value.span, PARENTHESES);
        }
    }

    /// `[a, b]`
    fn array(&mut self) -> Parsed<Expr> {
        self.nested(|this| {
            let start = this.cursor.at;
            this.cursor.at += 1;
            this.cursor.skip_space();
            let mut items = Vec::new();
            loop {
                if this.close(b']') {
                    break;
                }
                if this.at_end() {
                    return Err(this.unclosed(start, "[", "]"));
                }
                let item = this.alternatives()?;
                if matches!(item.kind, Kind::Array(_)) {
                    this.extension(item.span, "an array within an array");
                }
                items.push(item);
                this.separator(start, "[", "]")?;
            }
            Ok(this.plain(Kind::Array(items), start))
        })
    }

    /// `{"key": value}`
    fn map(&mut self) -> Parsed<Expr> {
        self.nested(|this| {
            let start = this.cursor.at;
            this.cursor.at += 1;
            this.cursor.skip_space();
            let mut entries = Vec::new();
            loop {
                if this.close(b'}') {
                    break;
                }
                if this.at_end() {
                    return Err(this.unclosed(start, "{", "}"));
                }
                let key = match this.cursor.string() {
                    Some(string) => string?.0,
                    None => match this.cursor.name() {
                        Some((name, _)) => name,
                        None => return Err(this.expected("a key in quotes")),
                    },
                };
                this.cursor.skip_space();
                if !this.cursor.eat(":") {
                    return Err(this.expected("`:` and the value of the key"));
                }
                this.cursor.skip_space();
                entries.push((Value::from(key), this.alternatives()?));
                this.separator(start, "{", "}")?;
            }
            let map = this.plain(Kind::Map(entries), start);
            this.extension(map.span, "an object literal");
            Ok(map)
        })
    }

    /// After an item of a list: a comma, or its end, which is left to be read.
    fn separator(&mut self, open: usize, opening: &str, closing: &str) -> Parsed<()> {
        if self.cursor.eat(",") {
            self.cursor.skip_space();
            return Ok(());
        }
        if self.cursor.rest().starts_with(closing) {
            return Ok(());
        }
        if self.at_end() {
            return Err(self.unclosed(open, opening, closing));
        }
        Err(self.expected(&format!("`,` or `{closing}`")))
    }

    fn number(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        if self.cursor.peek() == b'-' {
            self.cursor.at += 1;
        }
        let whole = digits(self.cursor.rest());
        let padded = whole > 1 && self.cursor.peek() == b'0';
        self.cursor.at += whole;
        let mut float = false;
        if self.cursor.peek() == b'.' && self.cursor.peek_at(1).is_ascii_digit() {
            self.cursor.at += 1;
            self.cursor.at += digits(self.cursor.rest());
            float = true;
        }
        let span = Span::new(start, self.cursor.at);
        let text = span.of(self.cursor.text);
        if padded {
            return Err(Box::new(Problem::syntax(
                span,
                format!("the number `{}` begins with 0", short(text)),
            )));
        }
        if is_word(self.cursor.peek()) {
            return Err(self.expected("an operator after the number"));
        }
        let value = if float {
            text.parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .map(Value::from)
        } else {
            text.parse::<i64>().ok().map(Value::from)
        };
        let Some(value) = value else {
            return Err(Box::new(Problem::syntax(
                span,
                format!("the number `{}` is too large", short(text)),
            )));
        };
        self.done(span.end);
        Ok(self.plain(Kind::Number(value), start))
    }

    /// What begins with a name: a literal, a variable, a call, a test.
    fn named(&mut self) -> Parsed<Expr> {
        let start = self.cursor.at;
        let literal = match self.cursor.peek_name() {
            Some("true" | "True") => Some(true),
            Some("false" | "False") => Some(false),
            _ => None,
        };
        if let Some(literal) = literal {
            self.cursor.name();
            self.done(self.cursor.at);
            return Ok(self.plain(Kind::Bool(literal), start));
        }
        let path = self.path()?;
        let value = if self.cursor.rest().starts_with("::") {
            self.macro_call(path)?
        } else if self.cursor.peek() == b'(' {
            if !path.steps.is_empty() {
                return Err(self.syntax_here("values have no methods", |problem| {
                    problem.help("use a filter: `value | filter`")
                }));
            }
            let name = Span::new(start, start + path.root.len()).of(self.cursor.text);
            let call = self.call(Family::Function, name, path.span)?;
            self.plain(Kind::Function(Box::new(call)), start)
        } else {
            self.read_root(&path);
            self.plain(Kind::Path(path), start)
        };
        if !self.cursor.at_word("is") {
            return Ok(value);
        }
        if !matches!(value.kind, Kind::Path(_)) {
            self.extension(value.span, "a test of what is no variable");
        }
        self.operator()?;
        self.cursor.at += 2;
        self.cursor.skip_space();
        let mut negated = false;
        if self.cursor.at_word("not") {
            self.cursor.at += 3;
            self.cursor.skip_space();
            negated = true;
        }
        let Some((name, name_span)) = self.cursor.name() else {
            return Err(self.expected("the name of a test"));
        };
        let call = self.call(Family::Test, name, name_span)?;
        Ok(self.plain(
            Kind::Test(Box::new(Test {
                subject: value,
                negated,
                call,
            })),
            start,
        ))
    }

    /// `::name(arguments)` after a namespace.
    fn macro_call(&mut self, namespace: Path) -> Parsed<Expr> {
        let start = namespace.span.start;
        if !namespace.steps.is_empty() {
            return Err(self.syntax_here("a namespace is one name", |problem| problem));
        }
        self.cursor.at += 2;
        self.cursor.skip_space();
        let Some((name, name_span)) = self.cursor.name() else {
            return Err(self.expected("the name of a macro"));
        };
        self.done(name_span.end);
        if self.cursor.peek() != b'(' {
            return Err(self.expected("`(` and the arguments of the macro"));
        }
        let arguments = self.arguments()?;
        for argument in &arguments {
            if argument.name.is_none() {
                self.extension(argument.value.span, POSITIONAL);
            }
        }
        let span = Span::new(start, self.last);
        let name = self.intern(name);
        Ok(self.plain(
            Kind::Macro(Box::new(MacroCall {
                namespace: namespace.root,
                namespace_span: namespace.span,
                name,
                name_span,
                span,
                arguments,
            })),
            start,
        ))
    }

    /// `a.b[0]["c"][d]`
    fn path(&mut self) -> Parsed<Path> {
        self.nested(|this| {
            let Some((root, root_span)) = this.cursor.name() else {
                return Err(this.expected("a variable"));
            };
            let mut end = root_span.end;
            let mut steps = Vec::new();
            loop {
                match this.cursor.peek() {
                    b'.' if is_word(this.cursor.peek_at(1)) => {
                        this.cursor.at += 1;
                        let rest = this.cursor.rest();
                        let length = rest.bytes().take_while(|byte| is_word(*byte)).count();
                        steps.push(key(&rest[..length]));
                        this.cursor.at += length;
                    }
                    b'[' => steps.push(this.bracket()?),
                    _ => break,
                }
                end = this.cursor.at;
                if steps.len() > 100 {
                    return Err(Box::new(Problem::new(
                        Code::T109,
                        Span::new(root_span.start, end),
                        "a path of more than 100 parts",
                    )));
                }
            }
            let span = Span::new(root_span.start, end);
            let root = this.intern(root);
            let text = if steps.is_empty() {
                root.clone()
            } else {
                Arc::from(span.of(this.cursor.text))
            };
            this.done(end);
            Ok(Path {
                root,
                steps,
                text,
                span,
            })
        })
    }

    /// `[0]`, `["key"]`, `[variable]`
    fn bracket(&mut self) -> Parsed<Step> {
        let open = self.cursor.at;
        self.cursor.at += 1;
        let step = if let Some(string) = self.cursor.string() {
            key(string?.0)
        } else if self.cursor.peek().is_ascii_digit() || self.cursor.peek() == b'-' {
            let rest = self.cursor.rest();
            let length = rest[1..].bytes().take_while(u8::is_ascii_digit).count() + 1;
            self.cursor.at += length;
            key(&rest[..length])
        } else if self.cursor.peek_name().is_some() {
            let path = self.path()?;
            self.read_root(&path);
            Step::Variable(path)
        } else {
            return Err(self.expected("a number, a string or a variable"));
        };
        if !self.cursor.eat("]") {
            if self.at_end() {
                return Err(self.unclosed(open, "[", "]"));
            }
            return Err(self.expected("`]`"));
        }
        Ok(step)
    }

    /// An expression that begins at `start` and ends with what was read last.
    fn plain(&self, kind: Kind, start: usize) -> Expr {
        Expr {
            kind,
            negated: false,
            filters: Vec::new(),
            span: Span::new(start, self.last.max(start)),
        }
    }

    /// Something that ends at `end` was read; what follows it does not belong to it.
    fn done(&mut self, end: usize) {
        self.last = end;
        self.cursor.skip_space();
    }

    /// Takes a closing bracket.
    fn close(&mut self, bracket: u8) -> bool {
        let found = self.cursor.peek() == bracket;
        if found {
            self.cursor.at += 1;
            self.done(self.cursor.at);
        }
        found
    }

    fn at_end(&self) -> bool {
        self.cursor.is_done() || self.cursor.at_tag_end()
    }

    fn unclosed(&self, open: usize, opening: &str, closing: &str) -> Box<Problem> {
        let (found, _) = self.cursor.describe();
        Box::new(
            Problem::syntax(
                Span::new(open, open + 1),
                format!("`{opening}` is not closed"),
            )
            .label(format!("expected `{closing}` before {found}")),
        )
    }
}

/// Appends an operand to a sum of products.
fn push_operand(terms: &mut Vec<Term>, symbol: char, operand: Expr) {
    let factor = match symbol {
        '*' => Factor::Times,
        '/' => Factor::By,
        '%' => Factor::Modulo,
        _ => {
            terms.push(Term {
                minus: symbol == '-',
                factors: vec![(Factor::Times, operand)],
            });
            return;
        }
    };
    if let Some(term) = terms.last_mut() {
        term.factors.push((factor, operand));
    }
}

/// A key of an object, which may be an index of an array.
fn key(text: &str) -> Step {
    let bytes = text.as_bytes();
    let padded = bytes.len() > 1 && bytes[0] == b'0';
    let index = (!padded && bytes.first() != Some(&b'+'))
        .then(|| text.parse().ok())
        .flatten();
    Step::Key(Value::from(text), index)
}
