//! Python's pickle machine (<https://docs.python.org/3/library/pickletools.html>) as far as it describes tensors.
//!
//! Nothing is ever called: the three functions that descriptions of tensors name are understood, any other name is
//! refused before it could matter.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Largest depth of nested tuples; real ones have three.
const MAX_DEPTH: u8 = 8;

/// Dimensions of a tensor; those of models have at most four.
const MAX_DIMS: usize = 8;

/// Values that may be there at once, on the stack, kept for later or in dictionaries: a tensor takes some twenty.
const MAX_VALUES: usize = 1 << 18;

/// A tensor as the pickle describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// The class of its storage: `FloatStorage`.
    pub(crate) storage: Rc<str>,
    /// The entry of the archive that holds its values.
    pub(crate) key: Rc<str>,
    /// The first of its values there.
    pub(crate) offset: u64,
    pub(crate) shape: Vec<u64>,
    pub(crate) strides: Vec<u64>,
}

#[derive(Debug, Clone)]
enum Value {
    /// Numbers with a fraction and whatever else no tensor needs.
    Other,
    Int(i64),
    Text(Rc<str>),
    Tuple {
        items: Rc<[Value]>,
        depth: u8,
    },
    /// The number of one in [`Machine::dicts`]: dictionaries are filled after they were named.
    Dict(usize),
    Function(Function),
    StorageClass(Rc<str>),
    Storage {
        class: Rc<str>,
        key: Rc<str>,
    },
    Tensor(Rc<Described>),
}

#[derive(Debug, Clone, Copy)]
enum Function {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// The tensors of a dictionary by name.
pub(crate) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Rc<Described>>, String> {
    let mut machine = Machine {
        rest: bytes,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        dicts: Vec::new(),
        num_pairs: 0,
    };
    while !machine.step()? {
        machine.check_size()?;
    }
    let Some(Value::Dict(at)) = machine.stack.pop() else {
        return Err("it describes something else than a dictionary of tensors".to_owned());
    };
    let mut tensors = BTreeMap::new();
    for (key, value) in std::mem::take(&mut machine.dicts[at]) {
        match (key, value) {
            (Value::Text(name), Value::Tensor(tensor)) => tensors.insert(name.to_string(), tensor),
            (Value::Text(name), _) => return Err(format!("`{name}` is no tensor")),
            _ => return Err("a key of the dictionary is no text".to_owned()),
        };
    }
    Ok(tensors)
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    dicts: Vec<Vec<(Value, Value)>>,
    /// In all of them.
    num_pairs: usize,
}

fn short() -> String {
    "its description ends too early".to_owned()
}

impl<'a> Machine<'a> {
    fn take(&mut self, num_bytes: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(num_bytes).ok_or_else(short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A little-endian number of so many bytes.
    fn number(&mut self, num_bytes: usize) -> Result<u64, String> {
        Ok(self.take(num_bytes)?.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let length = self.rest.iter().position(|&byte| byte == b'\n').ok_or_else(short)?;
        let line = self.take(length + 1)?;
        std::str::from_utf8(&line[..length]).map_err(|error| error.to_string())
    }

    fn text(&mut self, num_bytes: usize) -> Result<Value, String> {
        let text = std::str::from_utf8(self.take(num_bytes)?).map_err(|error| error.to_string())?;
        Ok(Value::Text(text.into()))
    }

    fn pop(&mut self) -> Result<Value, String> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= bottom {
            return Err("its description takes what it never put down".to_owned());
        }
        self.stack.pop().ok_or_else(short)
    }

    /// Everything above the last mark.
    fn marked(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().ok_or("its description has no mark where it needs one")?;
        Ok(self.stack.split_off(mark))
    }

    /// Instructions of one byte put values down, so that a short description could take a lot of memory.
    fn check_size(&self) -> Result<(), String> {
        let parts = [self.stack.len(), self.marks.len(), self.memo.len(), self.dicts.len(), self.num_pairs];
        match parts.iter().sum::<usize>() {
            0..=MAX_VALUES => Ok(()),
            _ => Err(format!("its description holds more than {MAX_VALUES} values at once")),
        }
    }

    /// One instruction; whether it was the last.
    fn step(&mut self) -> Result<bool, String> {
        let code = self.take(1)?[0];
        match code {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'.' => return Ok(true),
            b'(' => self.marks.push(self.stack.len()),
            b'q' => self.keep(1)?,
            b'r' => self.keep(4)?,
            0x94 => {
                let top = self.top()?;
                self.memo.insert(self.memo.len() as u32, top);
            }
            b'b' => {
                // What a dictionary is told beside its entries says nothing about tensors.
                self.pop()?;
                self.dict()?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                let at = self.dict()?;
                self.dicts[at].push((key, value));
                self.num_pairs += 1;
            }
            b'u' => {
                let items = self.marked()?;
                let at = self.dict()?;
                let pairs = items.as_chunks::<2>().0.iter().map(|[key, value]| (key.clone(), value.clone()));
                self.dicts[at].extend(pairs);
                self.num_pairs += items.len() / 2;
            }
            _ => {
                let value = self.value(code)?;
                self.stack.push(value);
            }
        }
        Ok(false)
    }

    /// The value that an instruction puts down.
    fn value(&mut self, code: u8) -> Result<Value, String> {
        match code {
            b'N' | 0x88 | 0x89 => Ok(Value::Other),
            b'G' => self.take(8).map(|_| Value::Other),
            b'K' => Ok(Value::Int(self.number(1)? as i64)),
            b'M' => Ok(Value::Int(self.number(2)? as i64)),
            b'J' => Ok(Value::Int(i64::from(self.number(4)? as u32 as i32))),
            0x8a => self.long(),
            0x8c => {
                let length = self.number(1)?;
                self.text(length as usize)
            }
            b'X' => {
                let length = self.number(4)?;
                self.text(length as usize)
            }
            b'}' => Ok(self.new_dict()),
            b')' => self.tuple(0),
            0x85..=0x87 => self.tuple(usize::from(code - 0x84)),
            b't' => {
                let items = self.marked()?;
                tuple(items)
            }
            b'h' => self.kept(1),
            b'j' => self.kept(4),
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                global(module, name)
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => global(&module, &name),
                _ => Err("a name that is no text".to_owned()),
            },
            b'Q' => {
                let id = self.pop()?;
                storage(&id)
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.result(&function, &arguments)
            }
            other => {
                Err(format!("instruction {other:#04x} of its description is none that describes tensors"))
            }
        }
    }

    fn long(&mut self) -> Result<Value, String> {
        match self.number(1)? as usize {
            length @ 0..=8 => {
                let unsigned = self.number(length)?;
                let unused = 64 - 8 * length as u32;
                // The highest bit that was written is the sign.
                Ok(Value::Int(if length == 0 { 0 } else { (unsigned << unused) as i64 >> unused }))
            }
            length => Err(format!("a number of {length} bytes")),
        }
    }

    fn top(&self) -> Result<Value, String> {
        self.stack.last().cloned().ok_or_else(|| "its description keeps what is not there".to_owned())
    }

    fn keep(&mut self, num_bytes: usize) -> Result<(), String> {
        let at = self.number(num_bytes)? as u32;
        let top = self.top()?;
        self.memo.insert(at, top);
        Ok(())
    }

    fn kept(&mut self, num_bytes: usize) -> Result<Value, String> {
        let at = self.number(num_bytes)? as u32;
        self.memo.get(&at).cloned().ok_or_else(|| "its description fetches what it never kept".to_owned())
    }

    fn tuple(&mut self, length: usize) -> Result<Value, String> {
        let mut items = (0..length).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        tuple(items)
    }

    fn new_dict(&mut self) -> Value {
        self.dicts.push(Vec::new());
        Value::Dict(self.dicts.len() - 1)
    }

    /// The dictionary on top of the stack.
    fn dict(&self) -> Result<usize, String> {
        match self.stack.last() {
            Some(&Value::Dict(at)) => Ok(at),
            _ => Err("its description fills something else than a dictionary".to_owned()),
        }
    }

    /// Returns the result of a known function.
    fn result(&mut self, function: &Value, arguments: &Value) -> Result<Value, String> {
        let (Value::Function(function), Value::Tuple { items, .. }) = (function, arguments) else {
            return Err("its description calls what is no function".to_owned());
        };
        match (function, &**items) {
            (Function::OrderedDict, []) => Ok(self.new_dict()),
            (Function::RebuildParameter, [tensor @ Value::Tensor(_), ..]) => Ok(tensor.clone()),
            (
                Function::RebuildTensor,
                [
                    Value::Storage { class, key },
                    Value::Int(offset),
                    Value::Tuple { items: shape, .. },
                    Value::Tuple { items: strides, .. },
                    ..,
                ],
            ) => {
                let negative = |_| "a size below zero".to_owned();
                Ok(Value::Tensor(Rc::new(Described {
                    storage: class.clone(),
                    key: key.clone(),
                    offset: u64::try_from(*offset).map_err(negative)?,
                    shape: sizes(shape)?,
                    strides: sizes(strides)?,
                })))
            }
            (function, _) => Err(format!("{function:?} with other arguments than are known")),
        }
    }
}

fn tuple(items: Vec<Value>) -> Result<Value, String> {
    let inner = |item: &Value| if let Value::Tuple { depth, .. } = item { *depth } else { 0 };
    let depth = 1 + items.iter().map(inner).max().unwrap_or(0);
    if depth > MAX_DEPTH {
        return Err(format!("tuples stand more than {MAX_DEPTH} deep in each other"));
    }
    Ok(Value::Tuple { items: items.into(), depth })
}

fn sizes(items: &[Value]) -> Result<Vec<u64>, String> {
    if items.len() > MAX_DIMS {
        return Err(format!("a tensor of {} dimensions, at most {MAX_DIMS} are read", items.len()));
    }
    let size = |item: &Value| match item {
        Value::Int(size) => u64::try_from(*size).map_err(|_| "a size below zero".to_owned()),
        _ => Err("a size that is no number".to_owned()),
    };
    items.iter().map(size).collect()
}

fn global(module: &str, name: &str) -> Result<Value, String> {
    match (module, name) {
        ("collections", "OrderedDict") => Ok(Value::Function(Function::OrderedDict)),
        ("torch._utils", "_rebuild_tensor_v2") => Ok(Value::Function(Function::RebuildTensor)),
        ("torch._utils", "_rebuild_parameter") => Ok(Value::Function(Function::RebuildParameter)),
        ("torch", name) if name.ends_with("Storage") => Ok(Value::StorageClass(name.into())),
        _ => Err(format!(
            "it names {module}.{name}, which is no part of a description of tensors, and is not run"
        )),
    }
}

/// A persistent id is `("storage", class, key, device, number of values)`.
fn storage(id: &Value) -> Result<Value, String> {
    if let Value::Tuple { items, .. } = id
        && let [Value::Text(kind), Value::StorageClass(class), Value::Text(key), ..] = &**items
        && &**kind == "storage"
    {
        return Ok(Value::Storage { class: class.clone(), key: key.clone() });
    }
    Err("a reference that is no storage".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pickle: &[u8]) -> String {
        read(pickle).unwrap_err()
    }

    #[test]
    fn nothing_is_run() {
        // os.system("echo") as pickle writes it, old and new.
        let old = b"cos\nsystem\n(X\x04\x00\x00\x00echotR.";
        let new = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.";
        for pickle in [&old[..], new] {
            let message = refused(pickle);
            assert!(message.contains("os.system") && message.contains("is not run"), "{message}");
        }
        assert!(refused(b"\x80\x02ctorch\nload\n.").contains("torch.load"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (pickle, reason) in [
            (&b""[..], "too early"),
            (b"}q", "too early"),
            (b".", "something else"),
            (b"N.", "something else"),
            (b"(}u.", "fills something else"),
            (b"u.", "no mark"),
            (b"}s.", "never put down"),
            (b"h\x07.", "never kept"),
            (b"q\x00.", "not there"),
            (b"}X\x01\x00\x00\x00aK\x01s.", "`a` is no tensor"),
            (b"i", "0x69"),
            (b"ccollections\nOrderedDict\nK\x01\x85R.", "OrderedDict with other arguments"),
        ] {
            let message = refused(pickle);
            assert!(message.contains(reason), "{message} should say {reason}");
        }
        assert!(refused(&[&b")"[..], &[0x85; 100]].concat()).contains("deep"));
        assert!(read(b"}.").unwrap().is_empty());
    }

    #[test]
    fn descriptions_that_only_take_memory_are_refused() {
        for (pickle, reason) in [
            (b"}".repeat(MAX_VALUES + 1), "values at once"),
            (b"(".repeat(MAX_VALUES + 1), "values at once"),
            ([&b"}"[..], &b"\x94".repeat(MAX_VALUES)].concat(), "values at once"),
            ([&b"}"[..], &b"K\x01K\x01s".repeat(MAX_VALUES)].concat(), "values at once"),
        ] {
            let message = refused(&pickle);
            assert!(message.contains(reason), "{message}");
        }
        let tensor = |num_dims: usize| {
            let sizes = [&b"("[..], &b"K\x01".repeat(num_dims), b"t"].concat();
            let storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ";
            let rebuild = b"}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n(";
            [&rebuild[..], storage, b"K\x00", &sizes, &sizes, b"tRs."].concat()
        };
        assert_eq!(read(&tensor(MAX_DIMS)).unwrap()["a"].shape.len(), MAX_DIMS);
        assert!(refused(&tensor(MAX_DIMS + 1)).contains("dimensions"));
    }

    #[test]
    fn long_numbers_have_signs() {
        let number = |bytes: &[u8]| {
            let mut machine = Machine {
                rest: bytes,
                stack: Vec::new(),
                marks: Vec::new(),
                memo: HashMap::new(),
                dicts: Vec::new(),
                num_pairs: 0,
            };
            match machine.long() {
                Ok(Value::Int(number)) => number,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            [&b"\x00"[..], b"\x01\xff", b"\x02\x00\x80", b"\x05\x00\x00\x00\x00\x01"].map(number),
            [0, -1, -32768, 1 << 32]
        );
    }
}
