//! The same rows without the library: what its steps left in a file, to be written again by bare statements.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::floor::Apply;

/// What one step writes: for each of its statements, what is bound.
pub(super) type Rows = Vec<Vec<Value>>;

/// The statements of a step, and the rows of many such steps.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    pub(super) statements: Vec<String>,
    /// One entry for each step.
    pub(super) steps: Vec<Rows>,
}

/// A floor's thread prepares the statements once, and runs all of them for each step.
pub(super) fn by_hand(
    statements: Vec<String>,
) -> impl for<'c> FnOnce(&'c Connection) -> rusqlite::Result<Apply<'c, Rows>> + Send + 'static {
    move |connection| {
        let prepared: rusqlite::Result<Vec<_>> =
            statements.iter().map(|statement| connection.prepare(statement)).collect();
        let mut prepared = prepared?;
        Ok(Box::new(move |rows: Rows| {
            for (statement, row) in prepared.iter_mut().zip(rows) {
                statement.execute(params_from_iter(row))?;
            }
            Ok(())
        }))
    }
}

/// A table as it stands in a file.
#[derive(Debug)]
pub(super) struct Table {
    name: &'static str,
    columns: Vec<String>,
    /// How many columns, at the beginning, are the key.
    key: usize,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Table {
    /// Reads a table in the order of its key.
    pub(super) fn read(connection: &Connection, name: &'static str) -> rusqlite::Result<Self> {
        let mut about = connection.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let about: Vec<(String, i64)> =
            about.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let key = about.iter().filter(|(_, place)| *place > 0).count();
        let columns: Vec<String> = about.into_iter().map(|(column, _)| column).collect();
        let mut select = connection.prepare(&format!("SELECT * FROM {name}"))?;
        let width = columns.len();
        let rows = select.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
        Ok(Self { name, rows: rows.collect::<Result<_, _>>()?, columns, key })
    }

    /// The rows from a place on.
    pub(super) fn since(mut self, first: usize) -> Self {
        self.rows.drain(..first.min(self.rows.len()));
        self
    }

    /// Another value for a column of a row, if the table has the column.
    pub(super) fn set(&self, row: &mut [Value], column: &str, value: Value) {
        let at = self.columns.iter().position(|name| name == column);
        if let Some(place) = at.and_then(|at| row.get_mut(at)) {
            *place = value;
        }
    }

    pub(super) fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} ({}) VALUES ({places})", self.name, self.columns.join(", "))
    }

    /// An update that names only the columns in which some row of ours differs from the same row of `before`, and the
    /// rows as it binds them.
    fn update_since(&self, before: &Self) -> (String, Vec<Vec<Value>>) {
        let changed: Vec<usize> = (self.key..self.columns.len())
            .filter(|at| self.rows.iter().zip(&before.rows).any(|(new, old)| new.get(*at) != old.get(*at)))
            .collect();
        let equals = |at: &usize| self.columns.get(*at).map(|column| format!("{column} = ?"));
        let set: Vec<_> = changed.iter().filter_map(equals).collect();
        let found: Vec<_> = (0..self.key).filter_map(|at| equals(&at)).collect();
        let statement = format!("UPDATE {} SET {} WHERE {}", self.name, set.join(", "), found.join(" AND "));
        let bound = |row: &Vec<Value>| {
            changed.iter().copied().chain(0..self.key).filter_map(|at| row.get(at).cloned()).collect()
        };
        (statement, self.rows.iter().map(bound).collect())
    }
}

/// Steps that insert one row into each of these tables: the n-th step the n-th row of each.
pub(super) fn inserts(tables: Vec<Table>) -> Replay {
    let statements = tables.iter().map(Table::insert).collect();
    let mut steps: BTreeMap<usize, Rows> = BTreeMap::new();
    for table in tables {
        for (number, row) in table.rows.into_iter().enumerate() {
            steps.entry(number).or_default().push(row);
        }
    }
    Replay { statements, steps: steps.into_values().collect() }
}

/// Steps that change one row of a table and insert one into another.
pub(super) fn update_and_insert(before: &Table, after: &Table, inserted: Table) -> Replay {
    let insert = inserted.insert();
    let (update, changed) = after.update_since(before);
    let steps = changed.into_iter().zip(inserted.rows).map(|(update, insert)| vec![update, insert]);
    Replay { steps: steps.collect(), statements: vec![update, insert] }
}
