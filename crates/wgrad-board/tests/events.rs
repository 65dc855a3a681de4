//! Event files: their frames, and what is refused. That TensorBoard reads the values is the test of `tests/tensorboard`.

use std::fs;
use wgrad_board::{SummaryWriter, TensorBoard, UpdateFreq};
use wgrad_cpu as _;
use wgrad_model::{
    Callback, Fit, Layer, Model, Result, Sequential,
    layers::{Dense, Embedding, Flatten},
};
use wgrad_tensor::{DType, Device, HostData, HostTensor, Spec, Tensor};

/// CRC-32C bit by bit, and as TFRecord masks it.
fn masked_crc(data: &[u8]) -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 };
    let crc = !data.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)));
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The messages of an event file, whose checksums are right.
fn messages(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(bytes[8..12], masked_crc(&bytes[..8]).to_le_bytes());
        let data = &bytes[12..12 + length];
        assert_eq!(bytes[12 + length..16 + length], masked_crc(data).to_le_bytes());
        messages.push(data.to_vec());
        bytes = &bytes[16 + length..];
    }
    messages
}

fn model() -> Model {
    let device = Device::open("cpu").unwrap();
    Sequential::new([Dense::new(1).into()]).input_shape([2]).device(&device).compile("sgd", "mse", ()).unwrap()
}

fn fit(model: &mut Model, board: TensorBoard) -> Result<()> {
    let (x, y) = (Tensor::ones([4, 2]), Tensor::ones([4, 1]));
    model.fit(&x, &y, Fit::epochs(2).batch_size(2).verbose(0).callback(board)).map(drop)
}

#[test]
fn frames_are_whole_after_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = SummaryWriter::new(folder.path().join("new/run")).unwrap();
    writer.scalar("loss", 0.5, 3).unwrap();
    writer.flush().unwrap();
    let messages = messages(&fs::read(writer.path()).unwrap());
    assert_eq!(messages.len(), 2);
    assert!(messages[0].ends_with(b"brain.Event:2"));
    // Step 3 as field 2, then the summary (field 5) of one value (field 1): a tag and a float.
    let value = [0x10, 3, 0x2a, 13, 0x0a, 11, 0x0a, 4, b'l', b'o', b's', b's', 0x15, 0, 0, 0, 0x3f];
    assert_eq!(messages[1][9..], value);
}

#[test]
fn a_training_writes_the_runs_of_keras() {
    let folder = tempfile::tempdir().unwrap();
    fit(&mut model(), TensorBoard::new(folder.path())).unwrap();
    let runs: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(runs, ["train"], "there was no validation");
    let file = fs::read_dir(folder.path().join("train")).unwrap().next().unwrap().unwrap().path();
    // The version, two forms of the graph, and loss and learning rate of two epochs.
    assert_eq!(messages(&fs::read(file).unwrap()).len(), 1 + 2 + 2 * 2);
}

#[test]
fn embeddings_for_the_projector() {
    let folder = tempfile::tempdir().unwrap();
    let inner =
        Sequential::new([Embedding::new(3, 2).named("words"), Flatten::new().into()]).input_spec(Spec::new(DType::I32, [1])).name("text");
    let model = Sequential::new([inner.into(), Dense::new(1).into()]).input_spec(Spec::new(DType::I32, [1]));
    let mut model = model.device(&Device::open("cpu").unwrap()).compile("sgd", "mse", ()).unwrap();
    let board = TensorBoard::new(folder.path()).embeddings_freq(1).embeddings_metadata("text/words", "words.txt");
    let (x, y) = (Tensor::from_vec(vec![0, 1, 2], [3, 1]), Tensor::ones([3, 1]));
    model.fit(&x, &y, Fit::epochs(1).verbose(0).callback(board)).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join("train").join(name)).unwrap();
    let config = "embeddings {\n  tensor_name: \"text/words/embeddings\"\n  tensor_path: \"text_words_embeddings.tsv\"\n  \
                  metadata_path: \"words.txt\"\n}\n";
    assert_eq!(read("projector_config.pbtxt"), config);
    let rows = read("text_words_embeddings.tsv");
    let numbers: Vec<f32> = rows.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!((rows.lines().count(), numbers), (3, model.weights().unwrap()[0].1.to_vec::<f32>().unwrap()));
}

/// A training that goes on after an interruption counts its batches on.
#[test]
fn steps_are_kept_over_an_interruption() {
    let folder = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(folder.path());
    let (x, y) = (Tensor::ones([4, 2]), Tensor::ones([4, 1]));
    model().fit(&x, &y, Fit::epochs(2).batch_size(2).verbose(0).callback(&mut board)).unwrap();
    assert_eq!(board.state().get("steps"), Some(4));
    let mut again = TensorBoard::new(folder.path());
    again.restore(board.state());
    assert_eq!(again.state().get("steps"), Some(4));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = fit(&mut model(), TensorBoard::new(folder.path()).update_freq(UpdateFreq::Steps(0))).unwrap_err().to_string();
    assert_eq!(error, "TensorBoard: update_freq must be at least 1 step, got 0");
    let mut writer = SummaryWriter::new(folder.path()).unwrap();
    let image = HostTensor::new([2, 2, 2], HostData::F32(vec![0.0; 8])).unwrap();
    let error = writer.image("x", &image, 0).unwrap_err().to_string();
    assert_eq!(error, "x: an image is [height, width] or [height, width, 1, 3 or 4] and not empty, got [2, 2, 2]");
    let empty = HostTensor::new([0, 2], HostData::F32(Vec::new())).unwrap();
    assert!(writer.image("x", &empty, 0).unwrap_err().to_string().contains("not empty, got [0, 2]"));
    assert!(writer.png("x", b"GIF89a", 0).unwrap_err().to_string().starts_with("x: it is no PNG file"));
    assert!(writer.scalar("x", 0.0, u64::MAX).unwrap_err().to_string().contains("a step is at most"));
    writer.hparams([], &[]).unwrap();
    assert!(writer.hparams([], &[]).unwrap_err().to_string().contains("given once"));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(SummaryWriter::new(&file).unwrap_err().to_string().contains("file: "));
}
