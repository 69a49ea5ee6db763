//! Dormand and Prince's pair of order 8, with error estimates of order 5 and 3.
//!
//! Explicit, 12 stages, adaptive; dense output of order 7 with three further evaluations, taken only
//! where the inside of a step is asked for. The error estimate combines both embedded ones:
//!
//! ```text
//! err = |h| ‖e₅‖² / √(‖e₅‖² + 0.01 ‖e₃‖²)
//! ```
//!
//! Reference: E. Hairer, S. P. Nørsett, G. Wanner, *Solving Ordinary Differential Equations I*, 2nd
//! ed. 1993, II.5 and II.6; coefficients of their published program DOP853 (1993, to 30 digits).
#![allow(clippy::excessive_precision, reason = "the digits of the source are kept")]

use super::{Method, MethodEntry, Needs};
use crate::integrate::adaptive::{Embedded, Trial, combine};
use crate::integrate::controller::ControlLaw;
use crate::integrate::probe::Probe;
use crate::kernel::{Failure, VectorField};

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::Dop853,
    name: "dop853",
    aliases: &["dopri8"],
    order: 8,
    embedded_order: Some(5),
    stages: 12,
    needs: Needs::Nothing,
    preserves: &[],
    reference: "Hairer, Nørsett, Wanner: Solving ODEs I (1993), II.5; program DOP853",
    summary: "accurate and adaptive for smooth motion; the choice at tolerances from 1e-6 down to 1e-13",
};

/// Nodes; the last four belong to the new point and to dense output.
pub const C: [f64; 16] = [
    0.0,
    0.0526001519587677318785587544488,
    0.0789002279381515978178381316732,
    0.118350341907227396726757197510,
    0.281649658092772603273242802490,
    0.333333333333333333333333333333,
    0.25,
    0.307692307692307692307692307692,
    0.651282051282051282051282051282,
    0.6,
    0.857142857142857142857142857142,
    1.0,
    1.0,
    0.1,
    0.2,
    0.777777777777777777777777777778,
];
/// Stages 1 to 12, the weights (row 13), and the three stages of dense output.
pub const A: [&[f64]; 16] = [
    &[],
    &[0.0526001519587677318785587544488],
    &[0.0197250569845378994544595329183, 0.0591751709536136983633785987549],
    &[0.0295875854768068491816892993775, 0.0, 0.0887627564304205475450678981324],
    &[0.241365134159266685502369798665, 0.0, -0.884549479328286085344864962717, 0.924834003261792003115737966543],
    &[0.037037037037037037037037037037, 0.0, 0.0, 0.170828608729473871279604482173, 0.125467687566822425016691814123],
    &[0.037109375, 0.0, 0.0, 0.170252211019544039314978060272, 0.0602165389804559606850219397283, -0.017578125],
    &[
        0.0370920001185047927108779319836,
        0.0,
        0.0,
        0.170383925712239993810214054705,
        0.107262030446373284651809199168,
        -0.0153194377486244017527936158236,
        0.00827378916381402288758473766002,
    ],
    &[
        0.624110958716075717114429577812,
        0.0,
        0.0,
        -3.36089262944694129406857109825,
        -0.868219346841726006818189891453,
        27.5920996994467083049415600797,
        20.1540675504778934086186788979,
        -43.4898841810699588477366255144,
    ],
    &[
        0.477662536438264365890433908527,
        0.0,
        0.0,
        -2.48811461997166764192642586468,
        -0.590290826836842996371446475743,
        21.2300514481811942347288949897,
        15.2792336328824235832596922938,
        -33.2882109689848629194453265587,
        -0.0203312017085086261358222928593,
    ],
    &[
        -0.93714243008598732571704021658,
        0.0,
        0.0,
        5.18637242884406370830023853209,
        1.09143734899672957818500254654,
        -8.14978701074692612513997267357,
        -18.5200656599969598641566180701,
        22.7394870993505042818970056734,
        2.49360555267965238987089396762,
        -3.0467644718982195003823669022,
    ],
    &[
        2.27331014751653820792359768449,
        0.0,
        0.0,
        -10.5344954667372501984066689879,
        -2.00087205822486249909675718444,
        -17.9589318631187989172765950534,
        27.9488845294199600508499808837,
        -2.85899827713502369474065508674,
        -8.87285693353062954433549289258,
        12.3605671757943030647266201528,
        0.643392746015763530355970484046,
    ],
    &[
        0.0542937341165687622380535766363,
        0.0,
        0.0,
        0.0,
        0.0,
        4.45031289275240888144113950566,
        1.89151789931450038304281599044,
        -5.8012039600105847814672114227,
        0.31116436695781989440891606237,
        -0.152160949662516078556178806805,
        0.201365400804030348374776537501,
        0.0447106157277725905176885569043,
    ],
    &[
        0.0561675022830479523392909219681,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.253500210216624811088794765333,
        -0.246239037470802489917441475441,
        -0.124191423263816360469010140626,
        0.15329179827876569731206322685,
        0.00820105229563468988491666602057,
        0.00756789766054569976138603589584,
        -0.008298,
    ],
    &[
        0.0318346481635021405060768473261,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0283009096723667755288322961402,
        0.0535419883074385676223797384372,
        -0.0549237485713909884646569340306,
        0.0,
        0.0,
        -0.000108347328697249322858509316994,
        0.000382571090835658412954920192323,
        -0.000340465008687404560802977114492,
        0.141312443674632500278074618366,
    ],
    &[
        -0.428896301583791923408573538692,
        0.0,
        0.0,
        0.0,
        0.0,
        -4.69762141536116384314449447206,
        7.68342119606259904184240953878,
        4.06898981839711007970213554331,
        0.356727187455281109270669543021,
        0.0,
        0.0,
        0.0,
        -0.00139902416515901462129418009734,
        2.9475147891527723389556272149,
        -9.15095847217987001081870187138,
    ],
];
/// The estimate of order 5 as a combination of the stages.
pub const ERROR_5: [f64; 12] = [
    0.01312004499419488073250102996,
    0.0,
    0.0,
    0.0,
    0.0,
    -1.225156446376204440720569753,
    -0.4957589496572501915214079952,
    1.664377182454986536961530415,
    -0.3503288487499736816886487290,
    0.3341791187130174790297318841,
    0.08192320648511571246570742613,
    -0.02235530786388629525884427845,
];
/// The four highest coefficients of dense output as combinations of all stages.
pub const DENSE: [[f64; 16]; 4] = [
    [
        -8.4289382761090128651353491142,
        0.0,
        0.0,
        0.0,
        0.0,
        0.56671495351937776962531783590,
        -3.0689499459498916912797304727,
        2.3846676565120698287728149680,
        2.1170345824450282767155149946,
        -0.87139158377797299206789907490,
        2.2404374302607882758541771650,
        0.63157877876946881815570249290,
        -0.088990336451333310820698117400,
        18.148505520854727256656404962,
        -9.1946323924783554000451984436,
        -4.4360363875948939664310572000,
    ],
    [
        10.427508642579134603413151009,
        0.0,
        0.0,
        0.0,
        0.0,
        242.28349177525818288430175319,
        165.20045171727028198505394887,
        -374.54675472269020279518312152,
        -22.113666853125306036270938578,
        7.7334326684722638389603898808,
        -30.674084731089398182061213626,
        -9.3321305264302278729567221706,
        15.697238121770843886131091075,
        -31.139403219565177677282850411,
        -9.3529243588444783865713862664,
        35.816841486394083752465898540,
    ],
    [
        19.985053242002433820987653617,
        0.0,
        0.0,
        0.0,
        0.0,
        -387.03730874935176555105901742,
        -189.17813819516756882830838328,
        527.80815920542364900561016686,
        -11.573902539959630126141871134,
        6.8812326946963000169666922661,
        -1.0006050966910838403183860980,
        0.77771377980534432092869265740,
        -2.7782057523535084065932004339,
        -60.196695231264120758267380846,
        84.320405506677161018159903784,
        11.992291136182789328035130030,
    ],
    [
        -25.693933462703749003312586129,
        0.0,
        0.0,
        0.0,
        0.0,
        -154.18974869023643374053993627,
        -231.52937917604549567536039109,
        357.63911791061412378285349910,
        93.405324183624310003907691704,
        -37.458323136451633156875139351,
        104.09964950896230045147246184,
        29.840293426660503123344363579,
        -43.533456590011143754432175058,
        96.324553959188282948394950600,
        -39.177261675615439165231486172,
        -149.72683625798562581422125276,
    ],
];
/// Weights of stages 1, 9 and 12 in the embedded solution of order 3.
pub const WEIGHTS_3: [(usize, f64); 3] = [
    (0, 0.244094488188976377952755905512),
    (8, 0.733846688281611857341361741547),
    (11, 0.0220588235294117647058823529412),
];

/// Work space of the method.
pub(crate) struct Dop853 {
    total: usize,
    /// Stages 2 to 16, shape `(15, total)`; stage 1 is the caller's.
    k: Vec<f64>,
    stage: Vec<f64>,
    candidate: Vec<f64>,
}

impl Dop853 {
    /// Fits the dense output to an end point that another method computed.
    pub fn replace_candidate(&mut self, y_new: &[f64]) {
        self.candidate.copy_from_slice(y_new);
    }

    fn split(&mut self) -> ([&mut [f64]; 15], &mut [f64], &mut [f64]) {
        let mut rows = self.k.chunks_exact_mut(self.total);
        let k = std::array::from_fn(|_| rows.next().expect("k has 15 rows"));
        (k, &mut self.stage, &mut self.candidate)
    }

    /// Both error combinations of a component: order 5 and order 3.
    #[inline(always)]
    fn errors<'s>(&'s self, k1: &'s [f64]) -> impl Fn(usize) -> (f64, f64) + 's {
        let n = self.total;
        let k: [&[f64]; 7] = std::array::from_fn(|stage| &self.k[(stage + 4) * n..][..n]);
        let k1 = &k1[..n];
        move |i| {
            let [k6, k7, k8, k9, k10, k11, k12] = [k[0][i], k[1][i], k[2][i], k[3][i], k[4][i], k[5][i], k[6][i]];
            let high = ERROR_5[0] * k1[i]
                + ERROR_5[5] * k6
                + ERROR_5[6] * k7
                + ERROR_5[7] * k8
                + ERROR_5[8] * k9
                + ERROR_5[9] * k10
                + ERROR_5[10] * k11
                + ERROR_5[11] * k12;
            let low = (A[12][0] - WEIGHTS_3[0].1) * k1[i]
                + A[12][5] * k6
                + A[12][6] * k7
                + A[12][7] * k8
                + (A[12][8] - WEIGHTS_3[1].1) * k9
                + A[12][9] * k10
                + A[12][10] * k11
                + (A[12][11] - WEIGHTS_3[2].1) * k12;
            (high, low)
        }
    }
}

impl Embedded for Dop853 {
    const ORDER: u32 = 8;
    const LAW: ControlLaw =
        ControlLaw { exponent: 1.0 / 8.0, beta: 0.0, shrink: 1.0 / 3.0, growth: 4.0, keep: 1.0, share: 0.2 };
    const DENSE_TERMS: usize = 8;

    fn new(total: usize) -> Self {
        Dop853 { total, k: vec![0.0; 15 * total], stage: vec![0.0; total], candidate: vec![0.0; total] }
    }

    fn attempt<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<(), Failure> {
        let Trial { t, h, y, dy: k1, .. } = trial;
        let ([k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, _, _, _, _], stage, candidate) = self.split();
        combine(stage, y, h, [(A[1][0], k1)]);
        probe.rates(t + C[1] * h, stage, k2)?;
        combine(stage, y, h, [(A[2][0], k1), (A[2][1], k2)]);
        probe.rates(t + C[2] * h, stage, k3)?;
        combine(stage, y, h, [(A[3][0], k1), (A[3][2], k3)]);
        probe.rates(t + C[3] * h, stage, k4)?;
        combine(stage, y, h, [(A[4][0], k1), (A[4][2], k3), (A[4][3], k4)]);
        probe.rates(t + C[4] * h, stage, k5)?;
        combine(stage, y, h, [(A[5][0], k1), (A[5][3], k4), (A[5][4], k5)]);
        probe.rates(t + C[5] * h, stage, k6)?;
        combine(stage, y, h, [(A[6][0], k1), (A[6][3], k4), (A[6][4], k5), (A[6][5], k6)]);
        probe.rates(t + C[6] * h, stage, k7)?;
        combine(stage, y, h, [(A[7][0], k1), (A[7][3], k4), (A[7][4], k5), (A[7][5], k6), (A[7][6], k7)]);
        probe.rates(t + C[7] * h, stage, k8)?;
        let a = &A[8];
        combine(stage, y, h, [(a[0], k1), (a[3], k4), (a[4], k5), (a[5], k6), (a[6], k7), (a[7], k8)]);
        probe.rates(t + C[8] * h, stage, k9)?;
        let a = &A[9];
        combine(stage, y, h, [(a[0], k1), (a[3], k4), (a[4], k5), (a[5], k6), (a[6], k7), (a[7], k8), (a[8], k9)]);
        probe.rates(t + C[9] * h, stage, k10)?;
        let a = &A[10];
        let terms = [(a[0], k1), (a[3], k4), (a[4], k5), (a[5], k6), (a[6], k7), (a[7], k8), (a[8], k9), (a[9], k10)];
        combine(stage, y, h, terms);
        probe.rates(t + C[10] * h, stage, k11)?;
        let a = &A[11];
        combine(
            stage,
            y,
            h,
            [
                (a[0], k1),
                (a[3], k4),
                (a[4], k5),
                (a[5], k6),
                (a[6], k7),
                (a[7], k8),
                (a[8], k9),
                (a[9], k10),
                (a[10], k11),
            ],
        );
        probe.rates(t + h, stage, k12)?;
        let b = &A[12];
        combine(
            candidate,
            y,
            h,
            [(b[0], k1), (b[5], k6), (b[6], k7), (b[7], k8), (b[8], k9), (b[9], k10), (b[10], k11), (b[11], k12)],
        );
        Ok(())
    }

    fn candidate(&self) -> &[f64] {
        &self.candidate
    }

    fn error<F: VectorField + ?Sized>(&mut self, _: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<f64, Failure> {
        let Trial { h, dy: k1, weights, .. } = trial;
        let (mut high, mut low) = (0.0, 0.0);
        let errors = self.errors(k1);
        for (i, weight) in weights.iter().enumerate() {
            let (e5, e3) = errors(i);
            let inverse = 1.0 / weight;
            high += (e5 * inverse) * (e5 * inverse);
            low += (e3 * inverse) * (e3 * inverse);
        }
        let denominator = high + 0.01 * low;
        let denominator = if denominator > 0.0 || denominator.is_nan() { denominator } else { 1.0 };
        Ok(h.abs() * high / (denominator * weights.len() as f64).sqrt())
    }

    fn culprit(&self, trial: Trial<'_>) -> usize {
        let errors = self.errors(trial.dy);
        super::largest(trial.weights.iter().enumerate().map(|(i, weight)| errors(i).0 / weight))
    }

    /// `|f(y_new) - f(Y₁₂)| / |y_new - Y₁₂|`: both are taken at the end of the step.
    fn stiffness(&self, trial: Trial<'_>) -> f64 {
        let n = self.total;
        let (k12, k13) = (&self.k[10 * n..11 * n], &self.k[11 * n..12 * n]);
        super::spread(trial, k12, k13, &self.stage, &self.candidate) / 6.1
    }

    fn rates_at_candidate<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t_new: f64,
    ) -> Result<&[f64], Failure> {
        let n = self.total;
        probe.rates(t_new, &self.candidate, &mut self.k[11 * n..12 * n])?;
        Ok(&self.k[11 * n..12 * n])
    }

    fn dense<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        trial: Trial<'_>,
        coefficients: &mut [f64],
    ) -> Result<(), Failure> {
        let Trial { t, h, y, dy: k1, .. } = trial;
        let n = self.total;
        let ([_, _, _, _, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15, k16], stage, candidate) = self.split();
        let a = &A[13];
        combine(
            stage,
            y,
            h,
            [(a[0], k1), (a[6], k7), (a[7], k8), (a[8], k9), (a[9], k10), (a[10], k11), (a[11], k12), (a[12], k13)],
        );
        probe.rates(t + C[13] * h, stage, k14)?;
        let a = &A[14];
        combine(
            stage,
            y,
            h,
            [(a[0], k1), (a[5], k6), (a[6], k7), (a[7], k8), (a[10], k11), (a[11], k12), (a[12], k13), (a[13], k14)],
        );
        probe.rates(t + C[14] * h, stage, k15)?;
        let a = &A[15];
        combine(
            stage,
            y,
            h,
            [(a[0], k1), (a[5], k6), (a[6], k7), (a[7], k8), (a[8], k9), (a[12], k13), (a[13], k14), (a[14], k15)],
        );
        probe.rates(t + C[15] * h, stage, k16)?;
        for i in 0..n {
            let difference = candidate[i] - y[i];
            let bend = h * k1[i] - difference;
            coefficients[i] = y[i];
            coefficients[n + i] = difference;
            coefficients[2 * n + i] = bend;
            coefficients[3 * n + i] = difference - h * k13[i] - bend;
            let k = [k1[i], k6[i], k7[i], k8[i], k9[i], k10[i], k11[i], k12[i], k13[i], k14[i], k15[i], k16[i]];
            for (j, row) in DENSE.iter().enumerate() {
                let weights = std::iter::once(&row[0]).chain(&row[5..]);
                coefficients[(4 + j) * n + i] = h * weights.zip(&k).map(|(d, k)| d * k).sum::<f64>();
            }
        }
        Ok(())
    }
}
