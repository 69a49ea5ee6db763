//! Results as bytes.
