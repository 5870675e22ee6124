//! What libsegue exports, read from its source.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{
    Expr, FnArg, Item, ItemConst, ItemEnum, ItemFn, ItemStruct, ItemType, Lit, LitInt, Pat, Type,
    Visibility,
};

use crate::Result;
use crate::docs;

/// Everything that C sees, in the order of the source.
#[derive(Default)]
pub(crate) struct Surface {
    pub(crate) functions: Vec<Function>,
    /// Exported under a feature only: not in the header, but the rules hold for them.
    pub(crate) hidden: Vec<Function>,
    pub(crate) records: Vec<Documented<ItemStruct>>,
    pub(crate) enums: Vec<Documented<ItemEnum>>,
    pub(crate) opaque: Vec<Documented<ItemStruct>>,
    pub(crate) callbacks: Vec<Documented<ItemType>>,
    pub(crate) constants: Vec<Documented<ItemConst>>,
    /// Other whole numbers, which lengths of arrays may name.
    lengths: HashMap<String, LitInt>,
    /// Modules with the first paragraph of their documentation.
    pub(crate) modules: Vec<Module>,
}

pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) about: String,
}

pub(crate) struct Documented<T> {
    pub(crate) name: String,
    pub(crate) item: T,
}

pub(crate) struct Function {
    pub(crate) name: String,
    /// `engine/load`, as in the path of its file.
    pub(crate) module: String,
    /// `capi/src/engine/load.rs:12`.
    pub(crate) place: String,
    pub(crate) docs: Vec<String>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) item: ItemFn,
}

pub(crate) struct Argument {
    pub(crate) name: String,
    /// As in Rust, without spaces: `*mut*mutsegue_engine`.
    pub(crate) kind: Kind,
}

/// What an argument is to C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `*mut segue_engine`, where that is opaque.
    Handle(String),
    /// `*mut *mut segue_engine`.
    OutHandle(String),
    /// `*const T` or `*mut T` of a struct that is not opaque.
    Record { name: String, is_const: bool },
    /// `*const T` or `*mut T` of something plain, in the words of C.
    Plain { c: &'static str, is_const: bool },
    /// `*const *mut f32`.
    Channels,
    /// A pointer to a function, by the name of its type.
    Callback(String),
    /// `*mut c_void`: what a callback gets.
    UserData,
    /// Not a pointer, in the words of C.
    Value(&'static str),
}

impl Surface {
    /// Reads a crate from its root file on. Test modules are left out.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut surface = Self::default();
        let folder = root.parent().unwrap_or(Path::new("."));
        surface.read_file(root, folder, "")?;
        surface.sort_out()?;
        Ok(surface)
    }

    /// The same of one text, for tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Result<Self> {
        let mut surface = Self::default();
        surface.take_items(text, "lib.rs", Path::new("."), "")?;
        surface.sort_out()?;
        Ok(surface)
    }

    pub(crate) fn is_opaque(&self, name: &str) -> bool {
        self.opaque.iter().any(|opaque| opaque.name == name)
    }

    fn read_file(&mut self, file: &Path, folder: &Path, module: &str) -> Result<()> {
        let text = crate::read(&file.to_string_lossy())?;
        self.take_items(&text, &file.to_string_lossy(), folder, module)
    }

    fn take_items(&mut self, text: &str, file: &str, folder: &Path, module: &str) -> Result<()> {
        let parsed = syn::parse_file(text).map_err(|error| {
            let line = error.span().start().line;
            format!("{file}:{line}: {error}")
        })?;
        if !module.is_empty() {
            let name = module.to_owned();
            let about = docs::first_paragraph(&docs::lines(&parsed.attrs));
            self.modules.push(Module { name, about });
        }
        // What a module says itself comes before what it holds.
        let is_module = |item: &Item| matches!(item, Item::Mod(_));
        let (modules, items): (Vec<_>, Vec<_>) = parsed.items.into_iter().partition(is_module);
        for item in items.into_iter().chain(modules) {
            self.take(item, file, folder, module)?;
        }
        Ok(())
    }

    fn take(&mut self, item: Item, file: &str, folder: &Path, module: &str) -> Result<()> {
        match item {
            Item::Mod(inner) if inner.content.is_none() && !is_conditional(&inner.attrs) => {
                let name = inner.ident.to_string();
                let deeper: PathBuf = folder.join(&name);
                let path = match module {
                    "" => name.clone(),
                    _ => format!("{module}/{name}"),
                };
                self.read_file(&deeper.with_extension("rs"), &deeper, &path)?;
            }
            Item::Fn(function) if is_exported(&function) => {
                let line = function.sig.ident.span().start().line;
                let is_hidden = is_conditional(&function.attrs);
                let function = Function {
                    name: function.sig.ident.to_string(),
                    module: module.to_owned(),
                    place: format!("{file}:{line}"),
                    docs: docs::lines(&function.attrs),
                    arguments: Vec::new(),
                    item: function,
                };
                match is_hidden {
                    true => self.hidden.push(function),
                    false => self.functions.push(function),
                }
            }
            Item::Struct(item) if is_public(&item.vis) && is_ours(&item.ident) => {
                let name = item.ident.to_string();
                let is_opaque = item.fields.iter().all(|field| !is_public(&field.vis));
                let list = if is_opaque {
                    &mut self.opaque
                } else {
                    &mut self.records
                };
                list.push(Documented { name, item });
            }
            Item::Enum(item) if is_public(&item.vis) && is_ours(&item.ident) => {
                let name = item.ident.to_string();
                self.enums.push(Documented { name, item });
            }
            Item::Type(item) if is_public(&item.vis) && is_ours(&item.ident) => {
                let name = item.ident.to_string();
                self.callbacks.push(Documented { name, item });
            }
            Item::Const(item) if !is_ours(&item.ident) => {
                if let Some(number) = whole(&item.expr) {
                    self.lengths.insert(item.ident.to_string(), number);
                }
            }
            Item::Const(item) if is_public(&item.vis) => {
                let name = item.ident.to_string();
                self.constants.push(Documented { name, item });
            }
            _ => {}
        }
        Ok(())
    }

    /// Says what every argument is, once all types are known, and how long arrays are.
    fn sort_out(&mut self) -> Result<()> {
        for record in &mut self.records {
            for field in &mut record.item.fields {
                let Type::Array(array) = &mut field.ty else {
                    continue;
                };
                let name = array.len.to_token_stream().to_string();
                if let Some(number) = self.lengths.get(&name) {
                    array.len = syn::parse_quote!(#number);
                } else if whole(&array.len).is_none() {
                    return Err(format!("{}: how long is `{name}`?", record.name));
                }
            }
        }
        let mut functions = std::mem::take(&mut self.functions);
        let mut hidden = std::mem::take(&mut self.hidden);
        for function in functions.iter_mut().chain(&mut hidden) {
            let inputs = function.item.sig.inputs.iter();
            let arguments = inputs.map(|input| self.argument(input));
            let wrong = |text| format!("{}: {}: {text}", function.place, function.name);
            function.arguments = arguments.collect::<Result<_>>().map_err(wrong)?;
        }
        (self.functions, self.hidden) = (functions, hidden);
        Ok(())
    }

    fn argument(&self, input: &FnArg) -> Result<Argument> {
        let FnArg::Typed(typed) = input else {
            return Err("an exported function has no self".to_owned());
        };
        let Pat::Ident(name) = &*typed.pat else {
            return Err("an argument needs a name".to_owned());
        };
        let words = typed.ty.to_token_stream().to_string().replace(' ', "");
        let kind = self.kind(&words);
        let unknown = || format!("`{words}` is no type that C tests know");
        Ok(Argument {
            name: name.ident.to_string(),
            kind: kind.ok_or_else(unknown)?,
        })
    }

    fn kind(&self, words: &str) -> Option<Kind> {
        if words == "*const*mutf32" {
            return Some(Kind::Channels);
        }
        if let Some(name) = words.strip_prefix("*mut*mut") {
            return self
                .is_opaque(name)
                .then(|| Kind::OutHandle(name.to_owned()));
        }
        let pointer = |prefix, is_const| Some((words.strip_prefix(prefix)?, is_const));
        if let Some((name, is_const)) = pointer("*mut", false).or_else(|| pointer("*const", true)) {
            if self.is_opaque(name) {
                return Some(Kind::Handle(name.to_owned()));
            }
            if self.records.iter().any(|record| record.name == name) {
                let name = name.to_owned();
                return Some(Kind::Record { name, is_const });
            }
            return match name {
                "c_void" => Some(Kind::UserData),
                _ => c_word(name).map(|c| Kind::Plain { c, is_const }),
            };
        }
        if self.callbacks.iter().any(|callback| callback.name == words) {
            return Some(Kind::Callback(words.to_owned()));
        }
        c_word(words).map(Kind::Value)
    }
}

impl Kind {
    pub(crate) fn is_pointer(&self) -> bool {
        !matches!(self, Self::Value(_))
    }

    /// A text or bytes that go in, which their length follows.
    pub(crate) fn is_text(&self) -> bool {
        let is_const = true;
        [
            Self::Plain {
                c: "char",
                is_const,
            },
            Self::Plain {
                c: "uint8_t",
                is_const,
            },
        ]
        .contains(self)
    }
}

/// A plain type in the words of C.
pub(crate) fn c_word(rust: &str) -> Option<&'static str> {
    Some(match rust {
        "u8" => "uint8_t",
        "i8" => "int8_t",
        "u16" => "uint16_t",
        "i16" => "int16_t",
        "u32" => "uint32_t",
        "i32" => "int32_t",
        "u64" => "uint64_t",
        "i64" => "int64_t",
        "f32" => "float",
        "f64" => "double",
        "usize" => "size_t",
        "c_char" => "char",
        "bool" => "bool",
        _ => return None,
    })
}

fn whole(expression: &Expr) -> Option<LitInt> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Some(number.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_ours(name: &syn::Ident) -> bool {
    let name = name.to_string();
    name.starts_with("segue_") || name.starts_with("SEGUE_")
}

/// Compiled for tests or under a feature only.
fn is_conditional(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

fn is_exported(function: &ItemFn) -> bool {
    let marks = function.attrs.iter();
    let mut marks = marks.map(|mark| mark.meta.to_token_stream().to_string());
    marks.any(|mark| mark.contains("no_mangle"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_arrays_become_numbers() {
        let text = "pub struct segue_a { pub x: [u32; MOST] } pub const MOST: usize = 8;";
        let surface = Surface::of(text).expect("parses");
        let field = surface.records[0].item.fields.iter().next().expect("one");
        assert_eq!(field.ty.to_token_stream().to_string(), "[u32 ; 8]");
        assert!(Surface::of("pub struct segue_a { pub x: [u32; MOST] }").is_err());
    }
}
