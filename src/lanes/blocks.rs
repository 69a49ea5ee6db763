//! Blocks of lanes that start at a cache line.

use std::ops::{Deref, DerefMut};

/// Numbers in a cache line. Vectors that cross a line are read and written at half the rate.
const LINE: usize = 8;

/// Blocks of `N` lanes in a row, the first at the start of a cache line.
#[derive(Debug)]
pub struct Blocks<const N: usize> {
    memory: Vec<f64>,
    /// Numbers before the first line.
    offset: usize,
    count: usize,
}

impl<const N: usize> Blocks<N> {
    /// So many blocks of zeros.
    pub fn new(count: usize) -> Self {
        let memory = vec![0.0f64; N * count + LINE - 1];
        // An allocation stays where it is until it grows, and this one never does. Where no offset
        // is found, the blocks are only slower.
        let offset = memory.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE - 1);
        Blocks { memory, offset, count }
    }
}

impl<const N: usize> Default for Blocks<N> {
    fn default() -> Self {
        Blocks::new(0)
    }
}

impl<const N: usize> Clone for Blocks<N> {
    fn clone(&self) -> Self {
        let mut copy = Blocks::new(self.count);
        copy.copy_from_slice(self);
        copy
    }
}

impl<const N: usize> Deref for Blocks<N> {
    type Target = [[f64; N]];
    #[inline(always)]
    fn deref(&self) -> &[[f64; N]] {
        self.memory[self.offset..self.offset + N * self.count].as_chunks().0
    }
}

impl<const N: usize> DerefMut for Blocks<N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [[f64; N]] {
        self.memory[self.offset..self.offset + N * self.count].as_chunks_mut().0
    }
}
