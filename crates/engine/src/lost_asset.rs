/// The consequence of an asset that is lost for good, if documents were written with it; none for one that can be made
/// again from the documents.
pub fn lost_asset(name: &str) -> Option<&'static str> {
    match name {
        "centroids" => Some(
            "the centroids of the token codes are lost: the vectors of all documents cannot be read and nothing can be \
             searched. Texts and attributes can still be read: add the documents to a new collection",
        ),
        "lemur" => Some(
            "what LEMUR was trained to is lost: nothing can be searched or added. Vectors, texts and attributes can still \
             be read: add the documents to a new collection",
        ),
        _ => None,
    }
}
