//! From ids to rows and from rows' logits back to ids. A compact embedding stores some ids' rows and one row that all others share.

use candle_core::{DType, Result, Tensor, bail};

/// Which rows stand for which ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// Row = id.
    Whole {
        /// Ids.
        size: usize,
    },
    /// Row i stands for `ids[i]`; the row after the last stands for every other id.
    Compact {
        /// Ids of the first rows.
        ids: Vec<u32>,
        /// \[size\] row of each id.
        rows: Vec<u32>,
    },
}

impl Vocabulary {
    /// Of `size` ids, of which `shared` (when given) have rows of their own.
    ///
    /// # Errors
    /// An id is outside the vocabulary.
    pub fn new(size: usize, shared: Option<&[u32]>) -> Result<Self> {
        let Some(ids) = shared else { return Ok(Self::Whole { size }) };
        let mut rows = vec![ids.len() as u32; size];
        for (row, id) in ids.iter().enumerate() {
            match rows.get_mut(*id as usize) {
                Some(to) => *to = row as u32,
                None => bail!("the embedding has a row for id {id}, the vocabulary has {size}"),
            }
        }
        Ok(Self::Compact { ids: ids.to_vec(), rows })
    }

    /// Ids.
    pub fn size(&self) -> usize {
        match self {
            Self::Whole { size } => *size,
            Self::Compact { rows, .. } => rows.len(),
        }
    }

    /// Rows of the embedding.
    pub fn rows(&self) -> usize {
        match self {
            Self::Whole { size } => *size,
            Self::Compact { ids, .. } => ids.len() + 1,
        }
    }

    /// The row of an id.
    fn row(&self, id: u32) -> Result<u32> {
        let row = match self {
            Self::Whole { size } => ((id as usize) < *size).then_some(id),
            Self::Compact { rows, .. } => rows.get(id as usize).copied(),
        };
        match row {
            Some(row) => Ok(row),
            None => bail!("token {id} is outside the vocabulary of {}", self.size()),
        }
    }

    /// Logits by row \[rows\] → logits by id, \[size\].
    pub fn expand(&self, by_row: &[f32], by_id: &mut [f32]) {
        match self {
            Self::Whole { .. } => by_id.copy_from_slice(by_row),
            Self::Compact { ids, .. } => {
                by_id.fill(by_row[ids.len()]);
                for (id, logit) in ids.iter().zip(by_row) {
                    by_id[*id as usize] = *logit;
                }
            }
        }
    }
}

/// The table of the embedding.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// bf16 \[rows, h\]
    table: Tensor,
    vocabulary: Vocabulary,
}

impl Embedding {
    /// `table` bf16 \[rows, h\].
    ///
    /// # Errors
    /// The table has another number of rows than the vocabulary needs.
    pub fn new(table: Tensor, vocabulary: Vocabulary) -> Result<Self> {
        if table.dim(0)? != vocabulary.rows() {
            bail!("the embedding has {} rows, expected {}", table.dim(0)?, vocabulary.rows());
        }
        Ok(Self { table, vocabulary })
    }

    /// \[n\] → f32 \[n, h\]
    ///
    /// # Errors
    /// A token is outside the vocabulary, or the device failed.
    pub fn forward(&self, tokens: &[u32]) -> Result<Tensor> {
        let rows = tokens.iter().map(|t| self.vocabulary.row(*t)).collect::<Result<Vec<_>>>()?;
        let rows = Tensor::from_vec(rows, tokens.len(), self.table.device())?;
        self.table.index_select(&rows, 0)?.to_dtype(DType::F32)
    }
}
