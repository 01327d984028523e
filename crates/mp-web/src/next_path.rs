//! Where a person goes on after something that came in between.
//!
//! Owns which paths may be named in a `next` parameter: ours alone, so that a link to us never ends elsewhere (open
//! redirect). Must never hold anything that a browser could read as another host.

/// A path of ours, with or without a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NextPath(String);

impl NextPath {
    /// The path named, if it is one of ours: it begins with one `/`, and holds nothing but visible ASCII without `\`,
    /// which browsers read as `/`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let ours = text.starts_with('/') && !text.starts_with("//") && visible && text.len() <= 4096;
        ours.then(|| Self(text.to_owned()))
    }

    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The page at `path` as it was before its form was sent: with `next`, if the form carries one on.
    pub(crate) fn page(path: &str, next: Option<&Self>) -> String {
        next.map_or_else(|| path.to_owned(), |next| Self::after(path, next.as_str()))
    }

    /// `path?next=…`, for a link or a redirect that leads back here.
    pub(crate) fn after(path: &str, next: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", next);
        format!("{path}?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_is_followed() {
        for ours in ["/", "/account", "/authorize?client_id=1&state=a%2Fb", "/a//b"] {
            assert_eq!(NextPath::read(ours).as_ref().map(NextPath::as_str), Some(ours));
        }
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil",
            "https://evil.example",
            "account",
            "/a b",
            "/\t/evil",
            "/é",
            "/a\r\nb",
        ] {
            assert_eq!(NextPath::read(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn the_path_to_return_to_is_one_parameter() {
        assert_eq!(
            NextPath::after("/login", "/authorize?a=1&b=2"),
            "/login?next=%2Fauthorize%3Fa%3D1%26b%3D2"
        );
    }
}
