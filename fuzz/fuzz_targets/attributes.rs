#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pleiad_hostile::read("attributes", bytes));
