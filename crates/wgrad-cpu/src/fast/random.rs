//! Random bits.

use super::{
    lower::{Lower, Plain, invalid},
    machine::{Tables, Work},
    outs::{Out, Outs, in_pieces, pieces},
};
use wgrad_tensor::{
    DType, Result,
    plan::{BufferId, Operand, Target},
};

/// Four words for each block of the generator.
#[derive(Debug)]
struct Random {
    key: Plain,
    stream: u32,
    out: Plain,
}

impl Lower {
    pub(super) fn random(&mut self, key: &Operand, stream: u32, out: &Target) -> Result<()> {
        let key = self.plain(key, DType::U32)?;
        self.result(out, DType::U32, |lower, out| {
            lower.work(Random { key, stream, out });
            Ok(())
        })
    }
}

impl Work for Random {
    fn out(&self) -> BufferId {
        self.out.buffer
    }

    fn run(&self, tables: &Tables<'_>, out: &mut [u8]) -> Result<()> {
        let &[low, high, step] = self.key.values::<u32>(tables)? else { return Err(invalid("a key that is not of 3 words")) };
        let offset = self.out.offset;
        let end = offset + self.out.len;
        let cut = |task: usize, _| (offset + task * 4).min(end);
        let tasks = self.out.len.div_ceil(4);
        let outs = Outs::new([Out::new(out, 4)].into_iter());
        in_pieces(0..tasks, pieces(self.out.len.saturating_mul(16)), outs, &cut, &|tasks, mut outs| {
            let (base, out) = outs.get(0).values::<u32>();
            let out = &mut out[cut(tasks.start, 0) - base..cut(tasks.end, 0) - base];
            for (block, out) in tasks.zip(out.chunks_mut(4)) {
                let words = wgrad_tensor::philox([block as u32, 0, self.stream, step], [low, high]);
                out.copy_from_slice(&words[..out.len()]);
            }
            Ok(())
        })
    }
}
