//! One definition of every elementary function, ordered sums, counter-based random numbers.
