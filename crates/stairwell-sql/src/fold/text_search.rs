//! Text search: configurations, dictionaries, parsers and templates.

use std::collections::BTreeMap;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Plain, quote_identifier};

use super::{
    Fold,
    plain::{is_opaque, items, option_text, set_fact},
    resolve::{identifier, parts, text},
};

/// An option of a dictionary as PostgreSQL keeps it.
fn kept(name: &str, option: &ast::AttributeValue) -> String {
    let value = option_text(option);
    let is_string = text(option).contains('\'');
    let is_number = !is_string && value.trim_start_matches(['-', '+']).parse::<f64>().is_ok();
    let name = quote_identifier(name);
    if is_number {
        return format!("{name} = {value}");
    }
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') {
        format!("{name} = E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("{name} = '{quoted}'")
    }
}

impl Fold {
    fn new_text_search(&self, kind: Kind, node: &SyntaxNode) -> ObjectId {
        let name = self.new_name(&parts(node));
        ObjectId::new(kind, name.schema, name.name)
    }

    pub(crate) fn create_text_search_configuration(&mut self, it: &ast::CreateTextSearchConfiguration) {
        let Some(name) = it.text_search_configuration() else { return };
        let id = self.new_text_search(Kind::TextSearchConfiguration, name.syntax());
        let mut configuration = Plain::new();
        let mut uses = Vec::new();
        for option in it.attribute_list().iter().flat_map(ast::AttributeList::attribute_options) {
            let (Some(attribute), Some(value)) = (option.name(), option.attribute_value()) else { continue };
            let node = value.syntax();
            match identifier(attribute.syntax()).as_str() {
                "parser" => {
                    let (parser, used) = self.shown_name(Kind::TextSearchParser, node);
                    configuration = configuration.with("parser", parser);
                    uses.extend(used);
                }
                "copy" => match self.made_in_schema(Kind::TextSearchConfiguration, node, "", true) {
                    Some(source) => {
                        configuration = self.plain(&source).cloned().unwrap_or_default();
                        uses.extend(self.state.uses(&source).into_iter().map(|(used, _)| used));
                    }
                    // Which dictionaries it names, the server knows; every one of PostgreSQL's own has the
                    // only parser that there is.
                    None => configuration = configuration.with_opaque("parser").with_opaque("mappings"),
                },
                _ => {}
            }
        }
        self.make(&id, configuration, &uses, name.syntax());
    }

    pub(crate) fn alter_text_search_configuration(&mut self, it: &ast::AlterTextSearchConfiguration) {
        let (Some(name), Some(action)) = (it.text_search_configuration_ref(), it.action()) else { return };
        let node = name.syntax();
        let Some(id) = self.made_in_schema(Kind::TextSearchConfiguration, node, "", false) else { return };
        if self.alter_name_or_owner(&id, action.syntax()) {
            return;
        }
        let Some(plain) = self.plain(&id) else { return };
        let unknown = is_opaque(plain, "mappings");
        let mut mappings: BTreeMap<String, Vec<String>> = items(plain, "mappings")
            .into_iter()
            .filter_map(|it| {
                let (token, dictionaries) = it.split_once(": ")?;
                Some((token.to_owned(), dictionaries.split(' ').map(str::to_owned).collect()))
            })
            .collect();
        let (tokens, dictionaries): (Vec<ast::TextSearchTokenKind>, Vec<ast::TextSearchDictionaryRef>) =
            match &action {
                ast::AlterTextSearchConfigurationAction::AddMapping(it) => {
                    (it.text_search_token_kinds().collect(), it.text_search_dictionary_refs().collect())
                }
                ast::AlterTextSearchConfigurationAction::AlterMapping(it) => {
                    (it.text_search_token_kinds().collect(), it.text_search_dictionary_refs().collect())
                }
                ast::AlterTextSearchConfigurationAction::DropMapping(it) => {
                    (it.text_search_token_kinds().collect(), Vec::new())
                }
                _ => return,
            };
        let tokens: Vec<String> = tokens.iter().map(|token| identifier(token.syntax())).collect();
        let replaced = match &action {
            ast::AlterTextSearchConfigurationAction::AlterMapping(it) => it.replace_dictionary(),
            _ => None,
        };
        let mut shown = Vec::new();
        for dictionary in &dictionaries {
            let (name, used) = self.shown_name(Kind::TextSearchDictionary, dictionary.syntax());
            shown.push(name);
            if let Some(used) = used {
                self.state.depend(&id, &used, super::state::Strength::Normal);
            }
        }
        if let Some(replaced) = replaced {
            let names: Vec<SyntaxNode> = replaced
                .syntax()
                .children()
                .filter(|it| ast::TextSearchDictionaryRef::can_cast(it.kind()))
                .collect();
            let [before, after] = names.as_slice() else { return };
            let (before, old) = self.shown_name(Kind::TextSearchDictionary, before);
            let (after, new) = self.shown_name(Kind::TextSearchDictionary, after);
            for (token, dictionaries) in &mut mappings {
                if tokens.is_empty() || tokens.contains(token) {
                    dictionaries.iter_mut().filter(|it| **it == before).for_each(|it| it.clone_from(&after));
                }
            }
            if let Some(new) = new {
                self.state.depend(&id, &new, super::state::Strength::Normal);
            }
            if let Some(old) = old
                && !mappings.values().flatten().any(|it| *it == before)
            {
                self.state.release(&id, &old);
            }
        } else {
            for token in tokens {
                if shown.is_empty() {
                    mappings.remove(&token);
                } else {
                    mappings.insert(token, shown.clone());
                }
            }
        }
        let list: Vec<String> =
            mappings.iter().map(|(token, names)| format!("{token}: {}", names.join(" "))).collect();
        self.alter_plain(&id, node, |it| {
            if !unknown {
                set_fact(it, "mappings", list.join(", "), false);
            }
        });
    }

    pub(crate) fn create_text_search_dictionary(&mut self, it: &ast::CreateTextSearchDictionary) {
        let Some(name) = it.text_search_dictionary() else { return };
        let id = self.new_text_search(Kind::TextSearchDictionary, name.syntax());
        let mut dictionary = Plain::new();
        let (mut uses, mut options) = (Vec::new(), Vec::new());
        for option in it.attribute_list().iter().flat_map(ast::AttributeList::attribute_options) {
            let (Some(attribute), Some(value)) = (option.name(), option.attribute_value()) else { continue };
            match identifier(attribute.syntax()).as_str() {
                "template" => {
                    let (template, used) = self.shown_name(Kind::TextSearchTemplate, value.syntax());
                    dictionary = dictionary.with("template", template);
                    uses.extend(used);
                }
                name => options.push(kept(name, &value)),
            }
        }
        let dictionary = dictionary.with_list("options", options);
        self.make(&id, dictionary, &uses, name.syntax());
    }

    pub(crate) fn alter_text_search_dictionary(&mut self, it: &ast::AlterTextSearchDictionary) {
        let (Some(name), Some(action)) = (it.text_search_dictionary_ref(), it.action()) else { return };
        let Some(id) = self.made_in_schema(Kind::TextSearchDictionary, name.syntax(), "", false) else {
            return;
        };
        if self.alter_name_or_owner(&id, action.syntax()) {
            return;
        }
        let ast::AlterTextSearchDictionaryAction::AttributeList(list) = action else { return };
        let Some(mut options) = self.plain(&id).map(|plain| items(plain, "options")) else { return };
        for option in list.attribute_options() {
            let Some(attribute) = option.name().map(|it| identifier(it.syntax())) else { continue };
            let begin = format!("{} = ", quote_identifier(&attribute));
            options.retain(|it| !it.starts_with(&begin));
            options.extend(option.attribute_value().map(|value| kept(&attribute, &value)));
        }
        self.alter_plain(&id, name.syntax(), |it| set_fact(it, "options", options.join(", "), false));
    }

    /// A parser or a template, which is nothing but functions.
    pub(crate) fn create_text_search_part(
        &mut self,
        kind: Kind,
        name: Option<SyntaxNode>,
        list: Option<ast::AttributeList>,
    ) {
        let (Some(node), Some(list)) = (name, list) else { return };
        let id = self.new_text_search(kind, &node);
        let mut uses = Vec::new();
        for value in list.attribute_options().filter_map(|option| option.attribute_value()) {
            uses.extend(self.function_named(value.syntax()));
        }
        self.make(&id, Plain::new().with_text("definition", text(&list)), &uses, &node);
    }

    pub(crate) fn alter_text_search_part(
        &mut self,
        kind: Kind,
        name: Option<SyntaxNode>,
        action: Option<SyntaxNode>,
    ) {
        let (Some(name), Some(action)) = (name, action) else { return };
        if let Some(id) = self.made_in_schema(kind, &name, "", false) {
            self.alter_name_or_owner(&id, &action);
        }
    }
}
