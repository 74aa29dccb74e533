//! From the function to the test.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Error, Expr, FnArg, ItemFn, PatType, ReturnType, Safety, Visibility, spanned::Spanned as _};

/// The test; or the function as it is and an error, so that nothing else is reported about it.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let test = parse(arguments, item.clone()).and_then(|(chains, function)| test(chains.as_ref(), function));
    test.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!(#error #[allow(dead_code, unused)] #item)
    })
}

fn parse(arguments: TokenStream, item: TokenStream) -> syn::Result<(Option<Expr>, ItemFn)> {
    let function = syn::parse2(item.clone())
        .map_err(|_| Error::new_spanned(&item, "`stairwell_testing::test` stands at an async function"))?;
    let chains = if arguments.is_empty() {
        None
    } else {
        let parsed = syn::parse2(arguments.clone());
        let help = "expected the chain set, such as `#[stairwell_testing::test(schema::CHAINS)]`, or nothing";
        Some(parsed.map_err(|_| Error::new_spanned(&arguments, help))?)
    };
    Ok((chains, function))
}

fn test(chains: Option<&Expr>, mut function: ItemFn) -> syn::Result<TokenStream> {
    let (expects_panic, is_test) =
        (position(&function, "should_panic").is_some(), position(&function, "test"));
    if let Some(place) = is_test {
        let message = "`stairwell_testing::test` makes it a test already; leave out this attribute";
        return Err(Error::new_spanned(&function.attrs[place], message));
    }
    if let (true, ReturnType::Type(_, returned)) = (expects_panic, &function.sig.output) {
        let message = "a test that should panic returns nothing";
        return Err(Error::new_spanned(returned, message));
    }
    let attributes = std::mem::take(&mut function.attrs);
    let visibility = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let parameters = check(&function)?;
    let name = &function.sig.ident;
    let kit = quote!(::stairwell_testing::__private);

    let database = match (parameters.is_empty(), chains) {
        // One that nobody sees is not made.
        (true, _) => quote!(#kit::Wanted::Nothing),
        (false, None) => quote!(#kit::Wanted::Empty),
        (false, Some(chains)) => {
            // A wrong type is reported at the argument.
            let chains = quote_spanned!(chains.span()=> &#chains);
            quote!(#kit::Wanted::Migrated(#chains))
        }
    };
    let given = parameters.iter().map(|parameter| {
        let ty = &parameter.ty;
        quote_spanned!(ty.span()=> <#ty as #kit::Parameter>::of(database).await?)
    });
    let call = quote!(#name(#(#given),*).await);
    let call = match &function.sig.output {
        ReturnType::Default => quote!(#kit::Returned::judged(#call)),
        ReturnType::Type(_, ty) => quote_spanned!(ty.span()=> <#ty as #kit::Returned>::judged(#call)),
    };
    let (run, outcome) = if expects_panic {
        (quote!(run_to_panic), quote!())
    } else {
        (quote!(run), quote!(-> ::stairwell_testing::Outcome))
    };
    Ok(quote! {
        #(#attributes)*
        #[::core::prelude::v1::test]
        #visibility fn #name() #outcome {
            #function
            #kit::#run(#database, async |database: &#kit::Given| ::core::result::Result::Ok(#call))
        }
    })
}

/// Its parameters, if it is a function that can be a test.
fn check(function: &ItemFn) -> syn::Result<Vec<&PatType>> {
    let signature = &function.sig;
    let mut error: Option<Error> = None;
    let mut refuse = |at: &dyn quote::ToTokens, message: &str| {
        let next = Error::new_spanned(at.to_token_stream(), message);
        match &mut error {
            Some(error) => error.combine(next),
            None => error = Some(next),
        }
    };
    if signature.asyncness.is_none() {
        refuse(&signature.fn_token, "a test with a database is an `async fn`");
    }
    if !matches!(signature.safety, Safety::Default) {
        refuse(&signature.safety, "a test is not `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "a test has no ABI");
    }
    if !signature.generics.params.is_empty() {
        refuse(&signature.generics, "a test has no generic parameters: nobody names them");
    }
    if let Some(clause) = &signature.generics.where_clause {
        refuse(clause, "a test has no `where` clause");
    }
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => refuse(receiver, "a test is no method: it has no `self`"),
            FnArg::Typed(parameter) => parameters.push(parameter),
        }
    }
    error.map_or(Ok(parameters), Err)
}

fn position(function: &ItemFn, attribute: &str) -> Option<usize> {
    let is_it = |path: &syn::Path| path.segments.last().is_some_and(|last| last.ident == attribute);
    function.attrs.iter().position(|one| is_it(one.path()))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;

    fn expanded(arguments: &str, item: &str) -> String {
        let text = expand(arguments.parse().unwrap(), item.parse().unwrap());
        prettyplease::unparse(&syn::parse2(text).unwrap())
    }

    /// What is said, and the tokens at which it is said.
    fn refused(arguments: &str, item: &str) -> String {
        let (arguments, item): (TokenStream, TokenStream) =
            (arguments.parse().unwrap(), item.parse().unwrap());
        let error = parse(arguments, item).and_then(|(chains, function)| test(chains.as_ref(), function));
        let errors = error.unwrap_err().into_iter();
        let line = |error: Error| format!("{}: {error}\n", error.span().source_text().unwrap_or_default());
        errors.map(line).collect()
    }

    #[test]
    fn a_migrated_database_and_a_session() {
        let item = "#[ignore] pub async fn x(mut db: TestDatabase, c: tokio_postgres::Client) { db.f(c) }";
        assert_data_eq!(
            expanded("shop::CHAINS", item),
            str![[r#"
#[ignore]
#[::core::prelude::v1::test]
pub fn x() -> ::stairwell_testing::Outcome {
    async fn x(mut db: TestDatabase, c: tokio_postgres::Client) {
        db.f(c)
    }
    ::stairwell_testing::__private::run(
        ::stairwell_testing::__private::Wanted::Migrated(&shop::CHAINS),
        async |database: &::stairwell_testing::__private::Given| ::core::result::Result::Ok(
            ::stairwell_testing::__private::Returned::judged(
                x(
                        <TestDatabase as ::stairwell_testing::__private::Parameter>::of(
                                database,
                            )
                            .await?,
                        <tokio_postgres::Client as ::stairwell_testing::__private::Parameter>::of(
                                database,
                            )
                            .await?,
                    )
                    .await,
            ),
        ),
    )
}

"#]]
        );
    }

    #[test]
    fn an_empty_database_and_a_result() {
        assert_data_eq!(
            expanded("", "async fn x(db: TestDatabase) -> Result<(), String> { Ok(()) }"),
            str![[r#"
#[::core::prelude::v1::test]
fn x() -> ::stairwell_testing::Outcome {
    async fn x(db: TestDatabase) -> Result<(), String> {
        Ok(())
    }
    ::stairwell_testing::__private::run(
        ::stairwell_testing::__private::Wanted::Empty,
        async |database: &::stairwell_testing::__private::Given| ::core::result::Result::Ok(
            <Result<
                (),
                String,
            > as ::stairwell_testing::__private::Returned>::judged(
                x(
                        <TestDatabase as ::stairwell_testing::__private::Parameter>::of(
                                database,
                            )
                            .await?,
                    )
                    .await,
            ),
        ),
    )
}

"#]]
        );
    }

    #[test]
    fn a_panic_that_is_expected() {
        assert_data_eq!(
            expanded("", "#[should_panic(expected = \"x\")] async fn x() {}"),
            str![[r##"
#[should_panic(expected = "x")]
#[::core::prelude::v1::test]
fn x() {
    async fn x() {}
    ::stairwell_testing::__private::run_to_panic(
        ::stairwell_testing::__private::Wanted::Nothing,
        async |database: &::stairwell_testing::__private::Given| ::core::result::Result::Ok(
            ::stairwell_testing::__private::Returned::judged(x().await),
        ),
    )
}

"##]]
        );
    }

    #[test]
    fn what_cannot_be_a_test() {
        let all = [
            refused("", "fn x() {}"),
            refused("", "unsafe extern \"C\" fn x<T>(self, t: T) where T: Copy {}"),
            refused("", "struct X;"),
            refused("CHAINS, 3", "async fn x() {}"),
            refused("", "#[tokio::test] async fn x() {}"),
            refused("", "#[should_panic] async fn x() -> Result<(), String> {}"),
        ];
        assert_data_eq!(
            all.concat(),
            str![[r#"
fn: a test with a database is an `async fn`
fn: a test with a database is an `async fn`
unsafe: a test is not `unsafe`
extern "C": a test has no ABI
<T>: a test has no generic parameters: nobody names them
where T: Copy: a test has no `where` clause
self: a test is no method: it has no `self`
struct X;: `stairwell_testing::test` stands at an async function
CHAINS, 3: expected the chain set, such as `#[stairwell_testing::test(schema::CHAINS)]`, or nothing
#[tokio::test]: `stairwell_testing::test` makes it a test already; leave out this attribute
Result<(), String>: a test that should panic returns nothing

"#]]
        );
    }

    #[test]
    fn what_is_refused_stays_in_the_code() {
        assert_data_eq!(
            expanded("", "fn x() { y() }"),
            str![[r#"
::core::compile_error! {
    "a test with a database is an `async fn`"
}
#[allow(dead_code, unused)]
fn x() {
    y()
}

"#]]
        );
    }
}
