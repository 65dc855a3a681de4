//! IMDB (Maas et al., 2011): 25,000 + 25,000 film reviews as word ids, good or bad.

use super::Reviews;
use crate::{
    Error, Places, Result, Source,
    file::DataFile,
    npz::Npz,
    places::{Folder, Found},
};
use std::collections::BTreeMap;

/// The reviews as `keras.datasets.imdb.load_data(num_words)` encodes them: 0 is padding (not stored), 1 the start of a review, 2 a word that is not
/// known, and the word of rank `r` (1 for the most frequent) is `r + 3`. Its authors ask to cite Maas et al., "Learning Word Vectors for Sentiment
/// Analysis", ACL 2011.
#[derive(Clone, Debug)]
pub struct Imdb {
    /// 25,000 reviews to learn from, half of them good.
    pub train: Reviews,
    /// 25,000 others.
    pub test: Reviews,
    /// Where the files were found.
    pub source: Source,
}

/// The words of [`Imdb`] and their ranks.
#[derive(Clone, Debug)]
pub struct WordIndex {
    ranks: BTreeMap<String, i32>,
    words: BTreeMap<i32, String>,
}

const FORMS: [Folder; 1] = [folder(&[INDEX, REVIEWS])];
const INDEX_FORMS: [Folder; 1] = [folder(&[INDEX])];

const fn folder(files: &'static [DataFile]) -> Folder {
    Folder { name: "imdb", addresses: &["http://storage.googleapis.com/tensorflow/tf-keras-datasets"], files }
}

const REVIEWS: DataFile = DataFile {
    name: "imdb.npz",
    size: 17_464_789,
    sum: "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    also: &["357b7f6f720b1503816cd4d7544b2b540ce1e625fa88da1d0b6d2a7ad2ded73a"],
};

const INDEX: DataFile = DataFile {
    name: "imdb_word_index.json",
    size: 1_641_221,
    sum: "MD5 bfafd718b763782e994055a2d397834f",
    also: &["f0b3bcc2fa3b59b517ef531d164a764cafc95616a16a5ec9318b2b3d941f0aa7"],
};

/// The archive unpacks to about 30 MB.
const MAX_UNPACKED: u64 = 64 << 20;
/// Up to how many words the other version of the file is exact: it keeps the ranks of 9,996 words.
const REDUCED_WORDS: usize = 10_000;

const START: i32 = 1;
const UNKNOWN: i32 = 2;
/// What is added to a rank.
const FIRST: i32 = 3;
/// Keras' seed of the order of the reviews.
const SEED: u64 = 113;

impl Imdb {
    /// Loads the reviews from the first of these places that has them: the directory `WGRAD_DATA` (with `imdb/imdb.npz`), the system's packages, the
    /// user's cache, a download of 17 MB into it. Ids from `num_words` on become 2; `usize::MAX` keeps all words. The reviews are in a fixed random order.
    ///
    /// # Errors
    /// No place has it; a file of the place found is missing, damaged or another than it should be, or has fewer words than are asked for.
    pub fn load(num_words: usize) -> Result<Imdb> {
        Imdb::load_from(&Places::from_env(), num_words)
    }

    /// Loads the reviews from `places`.
    ///
    /// # Errors
    /// Those of [`Imdb::load`].
    pub fn load_from(places: &Places, num_words: usize) -> Result<Imdb> {
        let Found { directory, source, .. } = places.find(&FORMS)?;
        let format = |rule| Error::Format { file: directory.join(REVIEWS.name).display().to_string(), rule };
        let file = REVIEWS.read(&directory)?;
        if !file.original && num_words > REDUCED_WORDS {
            return Err(format(format!("this version of the file has {REDUCED_WORDS} words, asked for were {num_words}")));
        }
        let (train, test) = Imdb::parse(&file.bytes, num_words).map_err(format)?;
        Ok(Imdb { train: train.shuffled(SEED), test: test.shuffled(SEED), source })
    }

    /// The reviews to learn from and the others in the bytes of a file like Keras' `imdb.npz`: lists of ranks `x_train` and `x_test` in arrays of objects,
    /// labels `y_train` and `y_test`. Of the pickles in it nothing is called: [`Imdb::parse`] follows them as far as they make lists of integers.
    ///
    /// # Errors
    /// What the file has in place of that, with the array and the offset in it.
    pub fn parse(bytes: &[u8], num_words: usize) -> Result<(Reviews, Reviews), String> {
        let mut npz = Npz::new(bytes, MAX_UNPACKED)?;
        let mut split = |name: &str| {
            let (x, y) = (npz.lists(&format!("x_{name}"))?, npz.integers(&format!("y_{name}"))?);
            encode(x, &y, num_words)
        };
        Ok((split("train")?, split("test")?))
    }

    /// Loads the words and their ranks, from the same places as the reviews.
    ///
    /// # Errors
    /// Those of [`Imdb::load`].
    pub fn word_index() -> Result<WordIndex> {
        Imdb::word_index_from(&Places::from_env())
    }

    /// Loads the words and their ranks from `places`.
    ///
    /// # Errors
    /// Those of [`Imdb::load`].
    pub fn word_index_from(places: &Places) -> Result<WordIndex> {
        let Found { directory, .. } = places.find(&INDEX_FORMS)?;
        let file = INDEX.read(&directory)?;
        WordIndex::parse(&file.bytes).map_err(|rule| Error::Format { file: directory.join(INDEX.name).display().to_string(), rule })
    }
}

/// Reviews of lists of ranks.
fn encode(ranks: Vec<Vec<i32>>, labels: &[i64], num_words: usize) -> Result<Reviews, String> {
    if ranks.len() != labels.len() {
        return Err(format!("{} reviews have {} labels", ranks.len(), labels.len()));
    }
    let id = |rank: i32| {
        let id = rank.checked_add(FIRST).filter(|_| rank > 0).ok_or_else(|| format!("a word has the rank {rank}"))?;
        Ok::<i32, String>(if usize::try_from(id).is_ok_and(|id| id < num_words) { id } else { UNKNOWN })
    };
    let mut reviews = Reviews::default();
    for (ranks, &label) in ranks.into_iter().zip(labels) {
        let label =
            i32::try_from(label).ok().filter(|label| [0, 1].contains(label)).ok_or_else(|| format!("a label is {label}, not 0 or 1"))?;
        let ids: Vec<i32> = std::iter::once(Ok(START)).chain(ranks.into_iter().map(id)).collect::<Result<_, _>>()?;
        reviews.push(ids, label);
    }
    Ok(reviews)
}

impl WordIndex {
    /// The index in the bytes of a JSON object of words and their ranks.
    ///
    /// # Errors
    /// What is no JSON of that form, with line and column.
    ///
    /// ```
    /// let index = wgrad_data::WordIndex::parse(br#"{"the": 1, "film": 19}"#)?;
    /// assert_eq!(index.decode(&[1, 4, 22, 2]), "? the film ?");
    /// assert_eq!((index.id("film"), index.id("quux")), (22, 2));
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<WordIndex, String> {
        let ranks: BTreeMap<String, i32> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let words = ranks.iter().map(|(word, &rank)| (rank, word.clone())).collect();
        Ok(WordIndex { ranks, words })
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.ranks.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.ranks.is_empty()
    }

    /// The id that stands for `word` in a review; that of unknown words where it is not known.
    pub fn id(&self, word: &str) -> i32 {
        self.ranks.get(word).and_then(|rank| rank.checked_add(FIRST)).unwrap_or(UNKNOWN)
    }

    /// The word that an id stands for.
    pub fn word(&self, id: i32) -> Option<&str> {
        self.words.get(&id.checked_sub(FIRST)?).map(String::as_str)
    }

    /// A review as text, with `?` for what is no word.
    pub fn decode(&self, ids: &[i32]) -> String {
        let words: Vec<&str> = ids.iter().map(|&id| self.word(id).unwrap_or("?")).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_become_ids() {
        let reviews = encode(vec![vec![1, 6, 7], vec![]], &[1, 0], 10).unwrap();
        assert_eq!(reviews.iter().collect::<Vec<_>>(), [&[1, 4, 9, 2][..], &[1]]);
        assert_eq!(encode(vec![vec![88_000]], &[1], usize::MAX).unwrap().get(0), Some(&[1, 88_003][..]));
    }

    #[test]
    fn what_is_no_review_is_told() {
        assert_eq!(encode(vec![], &[1], 10).unwrap_err(), "0 reviews have 1 labels");
        assert_eq!(encode(vec![vec![]], &[2], 10).unwrap_err(), "a label is 2, not 0 or 1");
        for rank in [0, -1, i32::MAX] {
            assert_eq!(encode(vec![vec![rank]], &[0], 10).unwrap_err(), format!("a word has the rank {rank}"));
        }
        assert!(WordIndex::parse(b"{\"a\": \"b\"}").unwrap_err().contains("line 1 column 9"));
    }
}
