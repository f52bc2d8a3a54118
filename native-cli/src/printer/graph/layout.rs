//! Where things stand in a picture: columns from left to right, so that lines lead to the right where
//! they can, and in each column in an order that crosses few lines.
//!
//! Each part that hangs together is laid out by itself, one below the other. Lengths are pixels.

/// What is to be laid out.
pub struct Boxes<'a> {
    /// Width and height of each.
    pub sizes: &'a [(i32, i32)],
    /// Lines, from and to, the more important first. `label` is the width of what the line says.
    pub lines: &'a [Line],
}

/// A line between two boxes.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Width of its label.
    pub label: i32,
}

/// Where everything stands.
#[derive(Debug)]
pub struct Placed {
    /// Left upper corner of each box.
    pub corners: Vec<(i32, i32)>,
    /// For each line the points that it goes through between its boxes, in its direction.
    pub bends: Vec<Vec<(i32, i32)>>,
    /// Width and height of all.
    pub size: (i32, i32),
}

/// Between boxes of a column.
const GAP: i32 = 22;
/// Height that a line takes where it passes through a column.
const PASSING: i32 = 16;
/// Between a label and the boxes beside it.
const MARGIN: i32 = 28;
/// How often the order within columns is improved.
const SWEEPS: usize = 8;

/// Lays out.
pub fn layout(boxes: &Boxes<'_>) -> Placed {
    let count = boxes.sizes.len();
    let mut placed = Placed {
        corners: vec![(0, 0); count],
        bends: vec![Vec::new(); boxes.lines.len()],
        size: (0, 0),
    };
    let mut top = 0;
    for part in parts(count, boxes.lines) {
        let (width, height) = place(boxes, &part, top, &mut placed);
        placed.size.0 = placed.size.0.max(width);
        placed.size.1 = top + height;
        top += height + 2 * GAP;
    }
    placed
}

/// Boxes that hang together, in order of their first one.
fn parts(count: usize, lines: &[Line]) -> Vec<Vec<usize>> {
    let mut beside = vec![Vec::new(); count];
    for line in lines {
        beside[line.from].push(line.to);
        beside[line.to].push(line.from);
    }
    let mut seen = vec![false; count];
    let mut parts = Vec::new();
    for first in 0..count {
        if seen[first] {
            continue;
        }
        seen[first] = true;
        let mut part = vec![first];
        let mut next = 0;
        while let Some(at) = part.get(next).copied() {
            next += 1;
            for other in &beside[at] {
                if !std::mem::replace(&mut seen[*other], true) {
                    part.push(*other);
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// The column of each box: right of everything that leads to it. A line that would close a circle
/// leads back.
fn columns(count: usize, lines: &[Line]) -> Vec<usize> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    for line in lines.iter().filter(|line| line.from != line.to) {
        if !reaches(&after, line.to, line.from) {
            after[line.from].push(line.to);
        }
    }
    let mut waiting = vec![0; count];
    for to in after.iter().flatten() {
        waiting[*to] += 1;
    }
    let mut columns = vec![0; count];
    let mut open: Vec<usize> = (0..count).filter(|at| waiting[*at] == 0).collect();
    while let Some(at) = open.pop() {
        for to in &after[at] {
            columns[*to] = columns[*to].max(columns[at] + 1);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                open.push(*to);
            }
        }
    }
    columns
}

fn reaches(after: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; after.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(&after[at]);
        }
    }
    false
}

/// What stands in a column: a box, or a line that passes through.
#[derive(Clone, Copy, Debug)]
struct Stop {
    height: i32,
    y: i32,
}

/// Lays out one part below `top`; returns its size.
fn place(boxes: &Boxes<'_>, part: &[usize], top: i32, placed: &mut Placed) -> (i32, i32) {
    let local = |at: usize| part.binary_search(&at).unwrap_or_default();
    let own: Vec<(usize, Line)> = boxes
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| part.binary_search(&line.from).is_ok())
        .map(|(number, line)| {
            let (from, to) = (local(line.from), local(line.to));
            (number, Line { from, to, ..*line })
        })
        .collect();
    let lines: Vec<Line> = own.iter().map(|(_, line)| *line).collect();
    let column = columns(part.len(), &lines);
    let width = column.iter().max().map_or(0, |last| last + 1);
    let mut stops: Vec<Stop> = part
        .iter()
        .map(|at| Stop {
            height: boxes.sizes[*at].1,
            y: 0,
        })
        .collect();
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); width];
    for (at, column) in column.iter().enumerate() {
        rows[*column].push(at);
    }
    // Lines that skip columns get a stop in each.
    let mut ways: Vec<Vec<usize>> = Vec::with_capacity(lines.len());
    let mut left: Vec<Vec<usize>> = vec![Vec::new(); stops.len()];
    let mut right: Vec<Vec<usize>> = vec![Vec::new(); stops.len()];
    for line in &lines {
        let (a, b) = (column[line.from], column[line.to]);
        let (begin, end) = if a <= b {
            (line.from, line.to)
        } else {
            (line.to, line.from)
        };
        let mut way = vec![begin];
        for row in rows.iter_mut().take(a.max(b)).skip(a.min(b) + 1) {
            row.push(stops.len());
            way.push(stops.len());
            stops.push(Stop {
                height: PASSING,
                y: 0,
            });
            left.push(Vec::new());
            right.push(Vec::new());
        }
        way.push(end);
        if a != b {
            for pair in way.windows(2) {
                right[pair[0]].push(pair[1]);
                left[pair[1]].push(pair[0]);
            }
        }
        if a > b {
            way.reverse();
        }
        ways.push(way);
    }
    arrange(&mut rows, &mut stops, &left, &right);
    // The widest label of what leaves a column, or ends in the next, needs room between the two.
    let mut gaps = vec![MARGIN; width];
    for line in &lines {
        let (a, b) = (column[line.from], column[line.to]);
        let gap = &mut gaps[a.min(b)];
        *gap = (*gap).max(line.label + MARGIN);
    }
    let mut x = 0;
    let mut lefts = Vec::with_capacity(width);
    let mut widths = vec![0; width];
    for (at, column) in column.iter().enumerate() {
        widths[*column] = widths[*column].max(boxes.sizes[part[at]].0);
    }
    for (width, gap) in widths.iter().zip(&gaps) {
        lefts.push(x);
        x += width + gap;
    }
    for (at, column) in column.iter().enumerate() {
        placed.corners[part[at]] = (lefts[*column], top + stops[at].y);
    }
    for ((number, line), way) in own.iter().zip(&ways) {
        let (a, b) = (column[line.from], column[line.to]);
        let between = way.get(1..way.len().saturating_sub(1)).unwrap_or_default();
        let mut bends = Vec::new();
        for (step, stop) in between.iter().enumerate() {
            let column = if a <= b { a + 1 + step } else { a - 1 - step };
            let y = top + stops[*stop].y + PASSING / 2;
            let mut through = [(lefts[column], y), (lefts[column] + widths[column], y)];
            if a > b {
                through.reverse();
            }
            bends.extend(through);
        }
        placed.bends[*number] = bends;
    }
    let height = stops.iter().map(|stop| stop.y + stop.height).max();
    let last = gaps.last().copied().unwrap_or_default();
    (x - last.min(MARGIN), height.unwrap_or_default())
}

/// Orders every column by where its neighbours stand, from the left and from the right in turns, then
/// moves its stops to the height of their neighbours as far as there is room.
fn arrange(rows: &mut [Vec<usize>], stops: &mut [Stop], left: &[Vec<usize>], right: &[Vec<usize>]) {
    for row in rows.iter() {
        stack(row, stops);
    }
    for sweep in 0..SWEEPS {
        let forward = sweep % 2 == 0;
        let near = if forward { left } else { right };
        let count = rows.len();
        for step in 0..count {
            let at = if forward { step } else { count - 1 - step };
            let row = &mut rows[at];
            let wish: Vec<(i32, usize)> = row
                .iter()
                .map(|stop| {
                    (
                        middle(&near[*stop], stops).unwrap_or(center(stops[*stop])),
                        *stop,
                    )
                })
                .collect();
            let mut wish = wish;
            wish.sort_by_key(|(wish, _)| *wish);
            *row = wish.iter().map(|(_, stop)| *stop).collect();
            settle(&wish, stops);
        }
    }
    let top = stops.iter().map(|stop| stop.y).min().unwrap_or_default();
    for stop in stops {
        stop.y -= top;
    }
}

const fn center(stop: Stop) -> i32 {
    stop.y + stop.height / 2
}

/// The mean height of neighbours.
fn middle(near: &[usize], stops: &[Stop]) -> Option<i32> {
    let count = i32::try_from(near.len()).ok().filter(|count| *count > 0)?;
    Some(near.iter().map(|at| center(stops[*at])).sum::<i32>() / count)
}

/// One below the other from 0.
fn stack(row: &[usize], stops: &mut [Stop]) {
    let mut y = 0;
    for at in row {
        stops[*at].y = y;
        y += stops[*at].height + GAP;
    }
}

/// Stops of a column in their order, each as near to its wish as those above allow; then as a whole to
/// the mean of what is missing, so that a column does not drift downwards.
fn settle(wish: &[(i32, usize)], stops: &mut [Stop]) {
    let mut floor = i32::MIN / 2;
    let mut off: i64 = 0;
    for (wish, at) in wish {
        let stop = &mut stops[*at];
        let y = (wish - stop.height / 2).max(floor);
        stop.y = y;
        floor = y + stop.height + GAP;
        off += i64::from(center(*stop) - wish);
    }
    let count = i64::try_from(wish.len()).unwrap_or(1).max(1);
    let mean = i32::try_from(off / count).unwrap_or_default();
    for (_, at) in wish {
        stops[*at].y -= mean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: usize, to: usize) -> Line {
        Line {
            from,
            to,
            label: 40,
        }
    }

    fn placed(count: usize, lines: &[Line]) -> Placed {
        let sizes = vec![(100, 30); count];
        layout(&Boxes {
            sizes: &sizes,
            lines,
        })
    }

    #[test]
    fn lines_lead_to_the_right_and_boxes_do_not_overlap() {
        let lines = [
            line(0, 1),
            line(0, 2),
            line(1, 3),
            line(2, 3),
            line(0, 3),
            line(4, 2),
        ];
        let placed = placed(6, &lines);
        for line in &lines {
            let (from, to) = (placed.corners[line.from], placed.corners[line.to]);
            assert!(from.0 + 140 <= to.0, "{line:?}: {placed:?}");
        }
        for (at, a) in placed.corners.iter().enumerate() {
            for b in &placed.corners[at + 1..] {
                assert!(
                    (a.0 - b.0).abs() >= 100 || (a.1 - b.1).abs() >= 30,
                    "{placed:?}"
                );
            }
            assert!(a.0 >= 0 && a.0 + 100 <= placed.size.0, "{placed:?}");
            assert!(a.1 >= 0 && a.1 + 30 <= placed.size.1, "{placed:?}");
        }
        assert_eq!(placed.bends[4].len(), 2, "the long one passes a column");
    }

    #[test]
    fn circles_and_loops_end() {
        let lines = [line(0, 1), line(1, 2), line(2, 0), line(1, 1)];
        let placed = placed(3, &lines);
        assert!(placed.corners[0].0 < placed.corners[1].0);
        assert!(placed.corners[1].0 < placed.corners[2].0);
        assert_eq!(placed.bends[2].len(), 2, "back past the second");
    }

    #[test]
    fn nothing_is_a_picture_too() {
        assert_eq!(placed(0, &[]).size, (0, 0));
    }
}
