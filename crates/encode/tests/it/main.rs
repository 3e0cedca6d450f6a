//! Everything that needs recorded answers or the shared data.

mod word_piece;
