//! Straight-line tapes over SIMD lanes.
