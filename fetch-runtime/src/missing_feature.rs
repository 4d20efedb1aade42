//! Compile errors that name the feature that a method needs.
#![allow(private_bounds)]

use crate::Request;
use crate::thread::Unmet;

/// No type implements this trait.
#[cfg(not(feature = "json"))]
#[diagnostic::on_unimplemented(
    message = "JSON needs the feature `json` of fetch-runtime",
    label = "the feature `json` is not enabled",
    note = "write `features = [\"json\"]` beside the version of fetch-runtime in Cargo.toml"
)]
trait FeatureJson {}

/// No type implements this trait.
#[cfg(not(feature = "form"))]
#[diagnostic::on_unimplemented(
    message = "forms and queries need the feature `form` of fetch-runtime",
    label = "the feature `form` is not enabled",
    note = "write `features = [\"form\"]` beside the version of fetch-runtime in Cargo.toml"
)]
trait FeatureForm {}

/// No type implements this trait.
#[cfg(not(feature = "integrity"))]
#[diagnostic::on_unimplemented(
    message = "integrity needs the feature `integrity` of fetch-runtime",
    label = "the feature `integrity` is not enabled",
    note = "write `features = [\"integrity\"]` beside the version of fetch-runtime in Cargo.toml"
)]
trait FeatureIntegrity {}

macro_rules! methods_of_request {
    ($feature:literal $trait:ident: $($method:ident)*) => {$(
        #[cfg(not(feature = $feature))]
        #[doc(hidden)]
        impl Request {
            pub fn $method<T>(self, _: T) -> Self
            where
                for<'a> Unmet<'a>: $trait,
            {
                unreachable!("no type implements the trait of the bound")
            }
        }
    )*};
}

methods_of_request!("json" FeatureJson: json);
methods_of_request!("form" FeatureForm: form query);
methods_of_request!("integrity" FeatureIntegrity: integrity);

#[cfg(not(feature = "json"))]
#[doc(hidden)]
impl crate::Response {
    pub fn json<T>(&self) -> Result<T, std::convert::Infallible>
    where
        for<'a> Unmet<'a>: FeatureJson,
    {
        unreachable!("no type implements the trait of the bound")
    }
}
