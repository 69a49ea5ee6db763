//! Families against their unrolled forms.
