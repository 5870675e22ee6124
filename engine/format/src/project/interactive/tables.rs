//! The tables that declare objects, choices and variants, and what follows from them.

/// Declares an object: its keys, their types and defaults. `=> needed` is a text that must be there
/// (a number that must be has the default NaN); `..key: Type` (or `@key: Type` before the others) are keys of variants
/// that lie in the same object. Unknown keys are kept in `extra`;
/// `checked by` names a check of the whole.
macro_rules! object {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(@$(#[$head_about:meta])* $head:ident: $head_type:ty,)*
            $($(#[$about:meta])* $field:ident $(($key:literal))?: $type:ty = $default:expr $(=> $rule:ident)?,)*
            $(..$(#[$part_about:meta])* $part:ident: $part_type:ty,)*
        }
        $(checked by $more:path)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $($(#[$head_about])* pub $head: $head_type,)*
            $($(#[$about])* pub $field: $type,)*
            $($(#[$part_about])* pub $part: $part_type,)*
            /// Unknown keys.
            pub extra: $crate::json::Extra,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($head: Default::default(),)*
                    $($field: $default,)*
                    $($part: Default::default(),)*
                    extra: Default::default(),
                }
            }
        }

        impl $crate::project::interactive::json::Json for $name {
            fn read(
                value: serde_json::Value,
                at: $crate::json::path::Path<'_>,
                faults: &mut $crate::project::interactive::json::Faults,
            ) -> Self {
                #[allow(unused_imports, reason = "not every object has fields and parts")]
                use $crate::project::interactive::json::{Fields, object, take};
                let mut map = object(value, at, faults);
                Self {
                    $($head: Fields::take(&mut map, at, faults),)*
                    $($part: Fields::take(&mut map, at, faults),)*
                    $($field: take(&mut map, key!($field $($key)?), $default, at, faults),)*
                    extra: map,
                }
            }

            fn write(&self) -> serde_json::Value {
                #[allow(unused_imports, reason = "not every object has fields and parts")]
                use $crate::project::interactive::json::{Fields, put};
                let mut map = $crate::json::Extra::new();
                $(self.$head.put(&mut map);)*
                $(put(&mut map, key!($field $($key)?), &self.$field, &$default);)*
                $(self.$part.put(&mut map);)*
                map.extend(self.extra.iter().map(|(key, value)| (key.clone(), value.clone())));
                serde_json::Value::Object(map)
            }

            fn check(
                &self,
                at: $crate::json::path::Path<'_>,
                c: &mut $crate::project::check::Checker,
            ) {
                #[allow(unused_imports, reason = "not every object has parts")]
                use $crate::project::interactive::json::Fields;
                $(self.$head.check_fields(at, c);)*
                $(rule!(c, at.key(key!($field $($key)?)), self.$field $(, $rule)?);)*
                $(self.$part.check_fields(at, c);)*
                $($more(self, at, c);)?
                c.leftover(at, &self.extra, || {
                    #[allow(unused_mut, reason = "not every object has parts")]
                    let mut known: Vec<&'static str> = vec![$(key!($field $($key)?)),*];
                    $(self.$head.keys(&mut known);)*
                    $(self.$part.keys(&mut known);)*
                    known
                }, || {
                    #[allow(unused_mut, reason = "not every object has parts")]
                    let mut forms = Vec::new();
                    $(forms.extend(self.$head.idle());)*
                    $(forms.extend(self.$part.idle());)*
                    forms
                });
            }
        }
    };
}

/// Declares keys that lie in the object of somebody else.
macro_rules! fields {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$about:meta])* $field:ident $(($key:literal))?: $type:ty = $default:expr $(=> $rule:ident)?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::project::interactive::json::Fields for $name {
            fn take(
                map: &mut $crate::json::Extra,
                at: $crate::json::path::Path<'_>,
                faults: &mut $crate::project::interactive::json::Faults,
            ) -> Self {
                use $crate::project::interactive::json::take;
                Self { $($field: take(map, key!($field $($key)?), $default, at, faults),)* }
            }

            fn put(&self, map: &mut $crate::json::Extra) {
                use $crate::project::interactive::json::put;
                $(put(map, key!($field $($key)?), &self.$field, &$default);)*
            }

            fn check_fields(
                &self,
                at: $crate::json::path::Path<'_>,
                c: &mut $crate::project::check::Checker,
            ) {
                $(rule!(c, at.key(key!($field $($key)?)), self.$field $(, $rule)?);)*
            }

            fn keys(&self, known: &mut Vec<&'static str>) {
                known.extend([$(key!($field $($key)?)),*]);
            }
        }
    };
}

/// Declares variants that a key tells apart and whose keys lie in the same object. With `default`
/// the first one needs no such key.
macro_rules! variants {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $tag:literal $(default $first:ident)? {
            $($(#[$about:meta])* $word:literal $variant:ident {
                $($(#[$field_about:meta])* $field:ident $(($key:literal))?: $type:ty = $default:expr,)*
            })*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $($(#[$about])* $variant {
                $($(#[$field_about])* $field: $type,)*
            },)*
        }

        impl $name {
            /// The words of its variants, in the order of the documentation.
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word of this variant. `[thread-safe]`
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $word,)*
                }
            }

            /// The variant of a word with everything at its default.
            fn of_word(word: &str) -> Option<Self> {
                $(if word == $word {
                    return Some(Self::$variant { $($field: $default,)* });
                })*
                None
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::of_word(Self::WORDS[0]).unwrap_or_else(|| unreachable!())
            }
        }

        impl $crate::project::interactive::json::Variants for $name {
            fn word(&self) -> &'static str {
                $name::word(self)
            }

            fn all_keys() -> Vec<&'static str> {
                use $crate::project::interactive::json::Fields;
                let mut keys = Vec::new();
                for variant in Self::WORDS.iter().filter_map(|word| Self::of_word(word)) {
                    variant.keys(&mut keys);
                }
                keys
            }
        }

        impl $crate::project::interactive::json::Fields for $name {
            fn take(
                map: &mut $crate::json::Extra,
                at: $crate::json::path::Path<'_>,
                faults: &mut $crate::project::interactive::json::Faults,
            ) -> Self {
                use $crate::project::interactive::json::{no_word, take};
                let is_optional = [$(stringify!($first),)? ""].len() > 1;
                let first = if is_optional { Self::WORDS[0] } else { "" };
                let word = take(map, $tag, first.to_owned(), at, faults);
                let place = at.key($tag);
                let Some(mut read) = Self::of_word(&word) else {
                    let message = match word.as_str() {
                        "" => format!("this must be one of {}", Self::WORDS.join(", ")),
                        word => no_word(word, Self::WORDS),
                    };
                    faults.push(place, message);
                    return Self::default();
                };
                match &mut read {
                    $(Self::$variant { $($field,)* } => {
                        $(*$field = take(map, key!($field $($key)?), $default, at, faults);)*
                    })*
                }
                read
            }

            fn put(&self, map: &mut $crate::json::Extra) {
                #[allow(unused_imports, reason = "variants may have no keys")]
                use $crate::project::interactive::json::{Json, put};
                let is_optional = [$(stringify!($first),)? ""].len() > 1;
                let first = if is_optional { Self::WORDS[0] } else { "" };
                put(map, $tag, &self.word().to_owned(), &first.to_owned());
                match self {
                    $(Self::$variant { $($field,)* } => {
                        $(put(map, key!($field $($key)?), $field, &$default);)*
                    })*
                }
            }

            fn check_fields(
                &self,
                at: $crate::json::path::Path<'_>,
                c: &mut $crate::project::check::Checker,
            ) {
                #[allow(unused_imports, reason = "variants may have no keys")]
                use $crate::project::interactive::json::Json;
                match self {
                    $(Self::$variant { $($field,)* } => {
                        $($field.check(at.key(key!($field $($key)?)), c);)*
                    })*
                }
            }

            fn keys(&self, known: &mut Vec<&'static str>) {
                known.push($tag);
                match self {
                    $(Self::$variant { .. } => {
                        let own: &[&'static str] = &[$(key!($field $($key)?)),*];
                        known.extend(own);
                    })*
                }
            }

            fn idle(&self) -> Option<$crate::project::interactive::json::Idle> {
                use $crate::project::interactive::json::{Idle, Variants};
                let form = format!("{:?}: {:?}", $tag, self.word());
                Some(Idle { form, keys: Self::all_keys() })
            }
        }
    };
}

/// Declares the words of a plain choice.
macro_rules! words {
    ($($type:ty { $($word:literal $variant:ident,)* })*) => {$(
        impl $crate::project::interactive::json::Json for $type {
            fn read(
                value: serde_json::Value,
                at: $crate::json::path::Path<'_>,
                faults: &mut $crate::project::interactive::json::Faults,
            ) -> Self {
                use $crate::project::interactive::json::{expected, no_word};
                const WORDS: &[&str] = &[$($word),*];
                let message = match value.as_str() {
                    $(Some($word) => return Self::$variant,)*
                    Some(other) => no_word(other, WORDS),
                    None => expected(&format!("one of {}", WORDS.join(", ")), &value),
                };
                faults.push(at, message);
                [$(Self::$variant),*][0]
            }

            fn write(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant => $word.into(),)*
                }
            }

            fn check(
                &self,
                _: $crate::json::path::Path<'_>,
                _: &mut $crate::project::check::Checker,
            ) {}
        }
    )*};
}

/// Declares that an object becomes the one of the same name with the same fields.
macro_rules! lower {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl $crate::project::interactive::lower::Lower<segue_middleware::source::$name> for $name {
            fn lower(&self) -> segue_middleware::source::$name {
                segue_middleware::source::$name {
                    $($field: $crate::project::interactive::lower::Lower::lower(&self.$field),)*
                }
            }
        }
    )*};
}

/// The key of a field: its name, unless another one is given.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// The check of a field.
macro_rules! rule {
    ($c:ident, $at:expr, $value:expr) => {
        $crate::project::interactive::json::Json::check(&$value, $at, $c)
    };
    ($c:ident, $at:expr, $value:expr, needed) => {
        $c.name($at, &$value)
    };
}
