use crate::calibration::{CalibratedRanking, Calibration};
use crate::cancellation::Cancellation;
use crate::columns::{self, ATTRIBUTES, TEXT};
use crate::error::{Error, Result};
use crate::sentence::SentenceField;
use crate::shared::Shared;
use crate::tenants::{Scope, after_tenant};
use crate::vector_field::VectorField;
use crate::{Hit, HitParts, HybridWeights, Schema, StoredDocument, StoredFields};
use pleiad_compress::TokenCodec;
use pleiad_store::View;
use pleiad_vectors::{DocId, DocKey, MultiVector, Score};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A consistent view of a collection. It never changes, whatever is written meanwhile; cheap to clone.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) shared: Arc<Shared>,
    pub(crate) view: View,
    calibration: Option<Arc<Calibration>>,
    fused_calibration: Option<Arc<Calibration>>,
    pub(crate) scope: Scope,
    /// Nothing where nobody can end a read.
    cancellation: Option<Cancellation>,
    /// Number of the vector set that is searched.
    set: usize,
}

/// Address of a document. Ordered by id, so that ties break by id and never by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DocAddress {
    pub(crate) id: DocId,
    pub(crate) part: u32,
    pub(crate) row: u32,
}

/// The name of the asset that holds a note: one that no other asset has.
pub(crate) fn note_asset(name: &str) -> String {
    format!("note-{name}")
}

impl Snapshot {
    pub(crate) fn new(shared: Arc<Shared>, view: View) -> Self {
        let scope = Scope::of(&shared.schema);
        let (calibration, fused_calibration, cancellation) = Default::default();
        Self { shared, view, calibration, fused_calibration, scope, cancellation, set: 0 }
    }

    /// All documents, those of all tenants too: what is measured or kept for the collection is about these.
    pub(crate) fn whole(shared: Arc<Shared>, view: View) -> Self {
        let scope = Scope::of_all(&shared.schema);
        Self { scope, ..Self::new(shared, view) }
    }

    /// The same documents, narrowed to some.
    pub(crate) fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same documents, whose reads end once a flag is raised: searches, counts, listings and everything else then return
    /// `Cancelled`, and never a part of an answer. They look at the flag before each document that they read and each few
    /// thousand rows that they scan.
    #[must_use]
    pub fn cancelled_by(self, flag: &Cancellation) -> Self {
        Self { cancellation: Some(flag.clone()), ..self }
    }

    /// Ends the caller's work where the flag of this snapshot is raised.
    ///
    /// # Errors
    /// `Cancelled` then.
    pub(crate) fn check_cancelled(&self) -> Result<()> {
        self.cancellation.as_ref().map_or(Ok(()), Cancellation::check)
    }

    /// The number of the last batch that is in it: that of a [`Receipt`](crate::Receipt), and greater with every batch.
    pub fn sequence(&self) -> u64 {
        self.view.sequence()
    }

    /// The bytes that a layer above keeps with the collection under a name
    /// ([`Writer::set_note`](crate::Writer::set_note)), as they were when this snapshot was taken.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn note(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(blob) = self.view.asset(&note_asset(name)) else { return Ok(None) };
        Ok(Some(blob.bytes()?.to_vec()))
    }

    /// Returns the schema, fixed at creation.
    pub fn schema(&self) -> &Schema {
        &self.shared.schema
    }

    /// Documents in this view; those of the tenant where it is narrowed to one.
    pub fn num_documents(&self) -> u64 {
        self.scope.own_rows().map_or_else(|| self.view.num_documents(), |(_, num)| num)
    }

    /// Returns the calibration: the budgets that reach each recall, if the collection was calibrated.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read: [`Writer::tune`](crate::Writer::tune) makes a new one.
    pub fn calibration(&self) -> Result<Option<Arc<Calibration>>> {
        match &self.calibration {
            Some(calibration) => Ok(Some(calibration.clone())),
            None => self.field().calibration(&self.view, CalibratedRanking::Vectors),
        }
    }

    /// Returns the calibration of the fused score, with the shares that suit the collection
    /// ([`HybridWeights::for_schema`]); nothing where it was not calibrated for these.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read: [`Writer::tune_hybrid`](crate::Writer::tune_hybrid) makes a new one.
    pub fn hybrid_calibration(&self) -> Result<Option<Arc<Calibration>>> {
        let known = match &self.fused_calibration {
            Some(calibration) => Some(calibration.clone()),
            None => self.field().calibration(&self.view, CalibratedRanking::Fused)?,
        };
        let weights = HybridWeights::for_schema(self.schema());
        Ok(known.filter(|calibration| calibration.weights == Some(weights)))
    }

    /// The calibration of a ranking.
    pub(crate) fn calibration_of(&self, ranking: CalibratedRanking) -> Result<Option<Arc<Calibration>>> {
        match ranking {
            CalibratedRanking::Vectors => self.calibration(),
            CalibratedRanking::Fused => self.hybrid_calibration(),
        }
    }

    /// The same documents, searched as this calibration says: one that has weights is that of the fused score.
    #[must_use]
    pub fn with_calibration(self, calibration: Calibration) -> Self {
        let is_fused = calibration.weights.is_some();
        let calibration = Some(Arc::new(calibration));
        if is_fused { Self { fused_calibration: calibration, ..self } } else { Self { calibration, ..self } }
    }

    /// The same documents, searched, planned, calibrated and explained by a named vector set in the place of the first one
    /// ([`Schema::sets`]): those that lack it are passed over.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that no set has.
    pub fn of_set(&self, name: &str) -> Result<Self> {
        let found = self.shared.fields.iter().position(|field| &*field.name == name);
        found.map(|set| self.of_field(set)).ok_or_else(|| self.schema().no_set(name))
    }

    /// The same by the number of the set.
    pub(crate) fn of_field(&self, set: usize) -> Self {
        if set == self.set {
            return self.clone();
        }
        // What was measured of another set says nothing of this one.
        Self { calibration: None, fused_calibration: None, set, ..self.clone() }
    }

    /// The same documents, by the vector set that another snapshot of the collection is searched by.
    pub(crate) fn of_set_of(self, other: &Self) -> Self {
        self.of_field(other.set)
    }

    /// The number of the vector set that is searched.
    pub(crate) fn set_number(&self) -> usize {
        self.set
    }

    /// The same documents, for each vector set in turn.
    pub(crate) fn of_each_field(&self) -> impl Iterator<Item = Self> {
        (0..self.shared.fields.len()).map(|set| self.of_field(set))
    }

    /// The vector set that is searched.
    pub(crate) fn field(&self) -> &VectorField {
        &self.shared.fields[self.set]
    }

    /// One document, or nothing when there is none of that key.
    ///
    /// # Errors
    /// `Corrupt` when it is there but cannot be read.
    pub fn get(&self, key: &str) -> Result<Option<StoredDocument>> {
        self.locate(key)?.map(|location| self.read(location)).transpose()
    }

    /// Text and attributes of one document, or nothing when there is none of that key. They can be read where the
    /// vectors cannot: when what these were encoded with is lost.
    ///
    /// # Errors
    /// `Corrupt` when they are there but cannot be read.
    pub fn get_fields(&self, key: &str) -> Result<Option<StoredFields>> {
        self.locate(key)?.map(|location| self.fields(location)).transpose()
    }

    /// Returns whether there is a document of that key. Cost: its vectors are not read.
    ///
    /// # Errors
    /// `Corrupt` when what had to be read cannot be.
    pub fn contains(&self, key: &str) -> Result<bool> {
        Ok(self.locate(key)?.is_some())
    }

    pub(crate) fn locate(&self, key: &str) -> Result<Option<DocAddress>> {
        let Some((part, row)) = self.view.find(&self.stored_key(key)?)? else { return Ok(None) };
        self.location(part as u32, row).map(Some)
    }

    /// The document of a hit of this snapshot.
    pub(crate) fn locate_hit(&self, hit: &Hit) -> Result<DocAddress> {
        self.of_hit(hit)?.locate(hit.key.as_str())?.ok_or_else(|| Error::no_document(hit.key.as_str()))
    }

    pub(crate) fn location(&self, part: u32, row: u32) -> Result<DocAddress> {
        self.check_cancelled()?;
        let id = DocId(self.view.parts()[part as usize].id(row)?);
        Ok(DocAddress { id, part, row })
    }

    pub(crate) fn column(&self, location: DocAddress, column: usize) -> Result<&[u8]> {
        self.check_cancelled()?;
        Ok(self.view.parts()[location.part as usize].column(column, location.row)?)
    }

    /// The token codes of a document.
    pub(crate) fn token_codes(&self, document: DocAddress) -> Result<&[u8]> {
        self.column(document, self.field().columns.tokens)
    }

    /// The FDE code of a document.
    pub(crate) fn fde_code(&self, document: DocAddress) -> Result<&[u8]> {
        self.column(document, self.field().columns.fde)
    }

    pub(crate) fn key(&self, location: DocAddress) -> Result<DocKey> {
        let key = self.view.parts()[location.part as usize].key(location.row)?;
        DocKey::new(after_tenant(key)).map_err(|error| Error::corrupt(self.place(location)).caused_by(error))
    }

    /// A document as a hit.
    pub(crate) fn hit(&self, location: DocAddress, score: Score, parts: Option<HitParts>) -> Result<Hit> {
        let tenant = self.tenant_of(&self.view.parts()[location.part as usize], location.row)?;
        Ok(Hit { key: self.key(location)?, tenant, id: location.id, score, parts, sets: Vec::new() })
    }

    /// Returns the codec of token codes.
    pub(crate) fn token_codec(&self) -> Result<&TokenCodec> {
        self.field().token_codec(&self.view)
    }

    /// A document's place, for error messages.
    pub(crate) fn place(&self, location: DocAddress) -> String {
        format!("{}, row {}", self.view.parts()[location.part as usize].name(), location.row)
    }

    pub(crate) fn read(&self, location: DocAddress) -> Result<StoredDocument> {
        let place = || self.place(location);
        let (body, further) = (&self.shared.fields[0], &self.shared.fields[1..]);
        let vectors = self.vectors(location, body)?;
        let mut sets = BTreeMap::new();
        for field in further {
            let vectors = self.vectors(location, field)?;
            if !vectors.is_empty() {
                sets.insert(field.name.to_string(), vectors);
            }
        }
        let sentence = self.shared.sentence.as_ref();
        let decode = |field: &SentenceField| field.decode(self.column(location, field.column)?, place);
        let sentence = sentence.map(decode).transpose()?;
        let StoredFields { key, id, text, attributes } = self.fields(location)?;
        Ok(StoredDocument { key, id, vectors, sets, sentence, text, attributes })
    }

    /// The token vectors of a set of a document, decoded.
    fn vectors(&self, location: DocAddress, field: &VectorField) -> Result<MultiVector> {
        let place = || format!("{}{}", field.in_words(), self.place(location));
        let mut values = Vec::new();
        field
            .token_codec(&self.view)?
            .decode(self.column(location, field.columns.tokens)?, &mut values)
            .map_err(|error| Error::corrupt(place()).caused_by(error))?;
        MultiVector::new(values, field.dim)
            .map_err(|error| Error::corrupt(format!("{}: {error}", place())).caused_by(error))
    }

    fn fields(&self, location: DocAddress) -> Result<StoredFields> {
        let place = || self.place(location);
        Ok(StoredFields {
            key: self.key(location)?,
            id: location.id,
            text: columns::decode_text(self.column(location, TEXT)?, place)?.map(str::to_owned),
            attributes: columns::decode_attributes(self.column(location, ATTRIBUTES)?, place)?,
        })
    }
}
