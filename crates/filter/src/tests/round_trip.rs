use super::generated::{attributes, predicates};
use super::reference;
use crate::{Predicate, Record};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_printed_is_read_as_it_was(predicate in predicates()) {
        prop_assert_eq!(predicate.check(), Ok(()));
        let normal = predicate.normal_form();
        let again = Predicate::parse(&normal.to_string()).unwrap();
        prop_assert_eq!(&again, &normal, "{}", normal);
        prop_assert_eq!(again.to_string(), normal.to_string());
        // Forms that are not normal may be printed shorter, and mean the same.
        let printed = Predicate::parse(&predicate.to_string()).unwrap();
        prop_assert_eq!(printed.normal_form().to_string(), normal.to_string());
    }

    #[test]
    fn a_normal_form_is_its_own(predicate in predicates()) {
        let normal = predicate.normal_form();
        prop_assert_eq!(normal.normal_form().to_string(), normal.to_string());
    }

    #[test]
    fn predicates_mean_what_the_reference_says(
        predicate in predicates(), attributes in attributes(), key in "[a-n]{0,2}|news", text in prop::option::of("[a-z ]{0,9}"),
    ) {
        let record = Record { key: &key, text: text.as_deref(), attributes: &attributes };
        let expected = reference::matches(&predicate, &record);
        prop_assert_eq!(predicate.matches(&record), expected, "{}", predicate);
        prop_assert_eq!(predicate.normal_form().matches(&record), expected, "{}", predicate.normal_form());
        prop_assert_eq!(Predicate::Not(Box::new(predicate)).matches(&record), !expected);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[()a-z0-9 ,.'\"`=<>!NOTANDORIBEW\\\\-]{0,60}") {
        if let Ok(predicate) = Predicate::read(&text) {
            prop_assert_eq!(predicate.check(), Ok(()));
            prop_assert_eq!(Predicate::parse(&predicate.to_string()), Ok(predicate));
        }
    }
}
