use proc_macro2::{Ident, TokenStream};
use syn::visit::{self, Visit};

/// Kind of the named item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A struct, enum, union, trait or type alias.
    Type,
    /// A function or method; not one that somebody else's trait prescribes.
    Function,
    /// A field, variant, constant, static, macro or module.
    Item,
    /// A parameter or a local variable.
    Binding,
}

/// A name that this source gives, and where.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) line: usize,
}

/// All names that a source gives; names that it only uses belong to others.
///
/// # Errors
/// When the tokens are not a Rust file.
pub(super) fn definitions(stream: &TokenStream) -> Result<Vec<Definition>, (usize, String)> {
    let file: syn::File =
        syn::parse2(stream.clone()).map_err(|error| (error.span().start().line, error.to_string()))?;
    let mut collector = Collector { found: Vec::new() };
    collector.visit_file(&file);
    Ok(collector.found)
}

struct Collector {
    found: Vec<Definition>,
}

impl Collector {
    fn add(&mut self, kind: Kind, ident: &Ident) {
        let name = ident.to_string().trim_start_matches("r#").to_owned();
        self.found.push(Definition { kind, name, line: ident.span().start().line });
    }
}

/// One method for each kind of syntax that gives its `ident` a meaning.
macro_rules! collect {
    ($($method:ident $syntax:ident $kind:ident,)*) => {
        $(fn $method(&mut self, node: &'ast syn::$syntax) {
            self.add(Kind::$kind, &node.ident);
            visit::$method(self, node);
        })*
    };
}

impl<'ast> Visit<'ast> for Collector {
    collect! {
        visit_item_struct ItemStruct Type,
        visit_item_enum ItemEnum Type,
        visit_item_union ItemUnion Type,
        visit_item_trait ItemTrait Type,
        visit_item_type ItemType Type,
        visit_trait_item_type TraitItemType Type,
        visit_variant Variant Item,
        visit_item_const ItemConst Item,
        visit_item_static ItemStatic Item,
        visit_item_mod ItemMod Item,
        visit_trait_item_const TraitItemConst Item,
        visit_pat_ident PatIdent Binding,
    }

    fn visit_field(&mut self, node: &'ast syn::Field) {
        if let Some(ident) = &node.ident {
            self.add(Kind::Item, ident);
        }
        visit::visit_field(self, node);
    }

    fn visit_item_macro(&mut self, node: &'ast syn::ItemMacro) {
        if let Some(ident) = &node.ident {
            self.add(Kind::Item, ident);
        }
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.add(Kind::Function, &node.sig.ident);
        visit::visit_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        self.add(Kind::Function, &node.sig.ident);
        visit::visit_trait_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        if node.trait_.is_none() {
            for item in &node.items {
                match item {
                    syn::ImplItem::Fn(function) => self.add(Kind::Function, &function.sig.ident),
                    syn::ImplItem::Const(constant) => self.add(Kind::Item, &constant.ident),
                    _ => {}
                }
            }
        }
        visit::visit_item_impl(self, node);
    }

    /// Names of foreign functions are not ours.
    fn visit_item_foreign_mod(&mut self, _: &'ast syn::ItemForeignMod) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_given_are_found_and_names_used_are_not() {
        let source = "
            use a::b; const C: u8 = 0; static D: u8 = 0; mod e {} type F = x::Y; macro_rules! g { () => {} }
            struct H { i: J } enum K { L(M), N { o: u8 } } trait P { fn q(r: u8); const S: u8; type T; }
            impl H { fn u(&self) {} const V: u8 = 0; } impl P for H { fn q(w: u8) {} }
            fn r#x<Z>((y, _): (u8, u8)) { let aa = |bb: u8| cc(bb); match aa { dd => {} } z.ee = 1; }";
        let tokens = crate::tidy::tokens::lex(source).unwrap().stream;
        let mut names: Vec<String> = definitions(&tokens).unwrap().into_iter().map(|d| d.name).collect();
        names.sort();
        names.dedup();
        let expected = "C D F H K L N P S T V aa bb dd e g i o q r u w x y";
        assert_eq!(names.join(" "), expected);
    }
}
