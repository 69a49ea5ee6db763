//! CPU time of this thread.
#![allow(unsafe_code)]

/// Seconds of CPU time of this thread.
pub fn cpu_seconds() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD: i32 = 3;
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: the C library fills a structure of two 64-bit integers on 64-bit Linux.
    unsafe { clock_gettime(THREAD, &mut time) };
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

/// Median of five of the seconds of one call, after one that warms up.
pub fn median(calls: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = cpu_seconds();
            (0..calls).for_each(|_| work());
            (cpu_seconds() - start) / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}
