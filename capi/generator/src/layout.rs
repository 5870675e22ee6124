//! A C program that prints how everything in segue.h is laid out.

use quote::ToTokens;
use syn::Fields;

use crate::surface::Surface;

const HEAD: &str = "/* Made by `cargo xtask capi` from capi/src. */
#include <segue.h>
#include <stdio.h>

#define FIELD(type, name) \\
    printf(\"  %s %zu +%zu\\n\", #name, offsetof(struct type, name), sizeof(((struct type *)0)->name))
#define VALUE(name) printf(\"  %s %lld\\n\", #name, (long long)name)

int main(void)
{
";

/// The program as text.
pub(crate) fn generate(surface: &Surface) -> String {
    let mut out = HEAD.to_owned();
    for record in &surface.records {
        let name = &record.name;
        out.push_str(&format!(
            "    printf(\"struct {name} %zu\\n\", sizeof(struct {name}));\n"
        ));
        if let Fields::Named(fields) = &record.item.fields {
            for field in &fields.named {
                let field = field.ident.to_token_stream();
                out.push_str(&format!("    FIELD({name}, {field});\n"));
            }
        }
    }
    for known in &surface.enums {
        out.push_str(&format!(
            "    printf(\"enum {} %zu\\n\", sizeof({0}));\n",
            known.name
        ));
        for variant in &known.item.variants {
            out.push_str(&format!("    VALUE({});\n", variant.ident));
        }
    }
    out.push_str("    puts(\"constants\");\n");
    for constant in &surface.constants {
        out.push_str(&format!("    VALUE({});\n", constant.name));
    }
    out + "    return 0;\n}\n"
}
