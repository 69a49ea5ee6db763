//! Dimensions and shapes: E02xx.

use super::{Entry, entry};

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        "E0204",
        "dimensions that do not fit",
        "Only quantities of one dimension can be added, compared or set equal. Both sides are shown with \
         their units and with what fixed them. Before: `lagrangian L = T - P` with a power `P`; after: \
         `rayleigh R = 1/2*P` beside `lagrangian L = T`.",
    ),
    entry(
        "E0205",
        "dimensions that cannot be followed",
        "The exponents of a dimension have grown beyond what is followed, or a file asks for too much \
         inference. Such powers are nearly always a slip: look for a large exponent on a quantity with a \
         unit. More declarations with units make inference short.",
    ),
    entry(
        "E0206",
        "a pure number is needed",
        "The argument of `sin`, `exp`, `ln`, an exponent, an angle and a tolerance have no unit. Divide by a \
         quantity of the same dimension. Before: `sin(x)`; after: `sin(x/l)`.",
    ),
    entry(
        "E0207",
        "a number without its unit",
        "The declaration states a unit and the number has none, so it could be meant in any. Write the unit \
         behind the number. Before: `param l : [mm] = 2`; after: `param l : [mm] = 2 [mm]`.",
    ),
    entry(
        "E0208",
        "a Rayleigh function that is no power",
        "A Rayleigh function is an energy over time; its derivative by a velocity is the force. Before: \
         `rayleigh R = 1/2*m*x'^2`; after: `rayleigh R = 1/2*c*x'^2` with `c` in `[kg/s]`.",
    ),
    entry(
        "E0209",
        "a force whose work is no energy",
        "Force times displacement is an energy; for an angle that is a torque. Before: `force push on θ = 3 \
         [N]`; after: `force push on θ = 3 [N m]`.",
    ),
    entry(
        "E0211",
        "a unit that cannot be formed",
        "An exponent or a factor of this unit is out of range, or a root of it is no exact number. Exponents \
         go from -64 to 64. Before: `[mm^(1/2)]`; after: the root of a base unit, `[m^(1/2)]`, with the \
         factor in the number.",
    ),
    entry(
        "E0212",
        "a unit with a zero of its own",
        "A temperature in degrees has an offset and is no factor, so it cannot be multiplied. Write kelvin. \
         Before: `20 [°C]`; after: `293.15 [K]`.",
    ),
    entry(
        "E0213",
        "a name that is no unit",
        "Between brackets stand names of units, with prefixes where they take them. The message names the \
         nearest one. Before: `2 [metre]`; after: `2 [m]`. One of your own is declared with `unit furlong = \
         201.168 [m]`.",
    ),
    entry(
        "E0214",
        "a `unit` line that declares no unit",
        "A unit is a positive exact number of other units, and its name is not a unit already. Before: `unit \
         min = 3 [s]`; after: `unit interval = 3 [s]`.",
    ),
    entry(
        "E0215",
        "a time is needed",
        "The ends of a run, the distance of its samples and its steps are times in a file with units. A unit \
         on the upper end counts for a bare lower one. Before: `t = 0..10`; after: `t = 0..10 [s]`.",
    ),
    entry(
        "W0216",
        "a dimension that nothing fixes",
        "The file has units, and nothing in it says which this name has; it is taken as a pure number. State \
         it where it is declared. Before: `coord x`; after: `coord x : [m]`.",
    ),
    entry(
        "E0217",
        "a momentum of another dimension",
        "The momentum of a coordinate has the dimension of the Hamiltonian times time over that of the \
         coordinate. Leave its unit away and it is found; a unit that differs is an error. Before: `momentum \
         p of q : [kg]`; after: `momentum p of q`.",
    ),
    entry(
        "E0218",
        "an irrotational part of another dimension",
        "`irrotational D` adds ∂D/∂q to q' and ∂D/∂p to p', so D has the dimension of the square of each \
         variable over time. In a file with units that holds only where the variables share a dimension. \
         Scale the variables, or write a `rayleigh` function for a damping force.",
    ),
    entry(
        "E0219",
        "a bracket of another dimension",
        "In `z' = J ∇H` each entry of J turns the slope along one state into the rate of another, which fixes \
         its dimension. The message names the first entry that does not. Before: `bracket J = hat(Π)*1 [s]`; \
         after: `bracket J = hat(Π)`.",
    ),
    entry(
        "E0220",
        "a list whose entries do not fit together",
        "Rows of a matrix have one length, entries of a list one shape, and a list has at least one entry. \
         Before: `[1, 2; 3]`; after: `[1, 2; 3, 4]`.",
    ),
    entry(
        "E0221",
        "a number is needed, and this is an array",
        "This place takes one number. Take a component, `v[1]`, or the length, `norm(v)`. Before: `sin(r)`; \
         after: `sin(r[1])`.",
    ),
    entry(
        "E0222",
        "a number is needed, and this is a condition",
        "A comparison is true or false and no number. Before: `1 + (x > 0)`; after: `1 + (if x > 0 then 1 \
         else 0)`.",
    ),
    entry(
        "E0223",
        "a number is needed, and this is none",
        "A function without its arguments, a component, a file, a set or a text is no quantity. Before: \
         `2*V`; after: `2*V(x)`. Of a component name a part: `a.L`.",
    ),
    entry(
        "E0224",
        "a condition is needed",
        "`if`, `assume` and `check` take a comparison. Before: `check E`; after: `check drift(E) < 1e-9`. \
         Before: `if x then …`; after: `if x > 0 then …`.",
    ),
    entry(
        "E0225",
        "shapes that do not fit",
        "Vectors are added and compared with vectors of the same length; only a single `0` fits every shape. \
         The message shows both shapes. Before: `r + 1`; after: `r + [1, 1, 1]`.",
    ),
    entry(
        "E0226",
        "an operation that these shapes do not have",
        "Products of vectors are written by what they mean: `a·b` inner, `a×b` of two vectors of 3, `A*x` of \
         matrix and vector. Before: `r*r`; after: `r·r`. A vector has no power and no reciprocal: \
         `norm(r)^2`, `r/norm(s)`.",
    ),
    entry(
        "E0227",
        "a division by zero",
        "The divisor is zero whatever the state is. Look at the constants it is made of. Before: `const b = \
         1/(a - 2)` with `const a = 2`; after: other constants.",
    ),
    entry(
        "E0228",
        "a number out of range",
        "Numbers are exact while a file is read and floating point (up to 1.8e308) when it runs; this one \
         fits no floating-point number. Choose units in which the numbers have a common size, or look for a \
         slip in an exponent. Before: `1e350`; after: `1e35`.",
    ),
    entry(
        "E0230",
        "too few indices",
        "A family over two sets takes two indices at once. Before: `u[1]`; after: `u[1, 2]`.",
    ),
    entry(
        "E0231",
        "an index on something that has no parts",
        "Vectors, matrices and families are indexed; numbers are not. Brackets behind a number written in \
         digits are its unit. Before: `x[1]` of a scalar `x`; after: `x`.",
    ),
    entry(
        "E0232",
        "`i in …` where an index stands",
        "`name[i in 1..n] = …` declares an index on the left of a definition only. Elsewhere name the member. \
         Before: `a = r[i in 1..3]`; after: `a = sum(r[i] for i in 1..3)`.",
    ),
    entry(
        "E0233",
        "not a member of the set",
        "The index of a family over a named set is one of its members, or a variable that runs over it. The \
         message lists the members. Before: `m[mars]`; after: `m[earth]`.",
    ),
    entry(
        "W0233",
        "a sum that counts each pair twice",
        "A sum over `a != b` visits every pair in both orders, and this summand is the same in both. That \
         doubles an interaction energy. Before: `sum(V(a, b) for a in S, b in S if a != b)`; after: `if a < \
         b`, or `1/2*sum(…)`.",
    ),
    entry(
        "E0234",
        "an index outside its range",
        "Indices count from 1 and are checked over the whole range of the `for` when the file is read. \
         Before: `sum(x[i+1] - x[i] for i in 1..n)`; after: `for i in 1..n-1`, or `x[wrap(i+1)]` on a ring.",
    ),
    entry(
        "E0235",
        "a size or index that is not known when the file is read",
        "Sizes and indices are structure: numbers, `const`, formals and `for` variables. A `param` may change \
         from run to run. Before: `param n = 4`; after: `const n = 4`.",
    ),
    entry(
        "E0236",
        "a set or a range is needed",
        "After `in` stands a set or a range `a..b`, which goes up by one. Before: `sum(i for i in n)`; after: \
         `sum(i for i in 1..n)`.",
    ),
    entry(
        "E0237",
        "a derivative of something that is no quantity",
        "A prime is the time derivative of a quantity. Give a function its arguments first: `f(x)'` along the \
         motion, `f'(x)` for its slope at x.",
    ),
    entry(
        "E0238",
        "a unit behind a name",
        "Units follow numbers and types; a bracket behind a name is an index. Before: `W = x [m]`; after: `W \
         = x`, which carries its unit from its declaration.",
    ),
    entry(
        "E0239",
        "a shape that does not exist",
        "Shapes are `vector(n)`, `matrix(n, m)`, `symmetric(n)`, `spd(n)`, `tensor(…)` with sizes from 1. A \
         quantity cannot be `bool`. Before: `vector(2, 3)`; after: `matrix(2, 3)`.",
    ),
    entry(
        "E0240",
        "a family over nothing",
        "The index set of this variable is empty, so it has no components. Before: `state u[1..0]`; after: \
         `state u[1..n]` with `n` at least 1.",
    ),
    entry(
        "E0241",
        "a number of values that does not fit the index set",
        "A list gives one value for each member of the index set, in order; one value alone counts for all. \
         Before: `param m[1..3] = [1, 2]`; after: `param m[1..3] = [1, 2, 3]`.",
    ),
    entry(
        "E0242",
        "a table with a member missing",
        "A table over a set names every member once, so that none is forgotten. Before: `{ sun: 1, earth: 2 \
         }` over three bodies; after: `{ sun: 1, earth: 2, moon: 3 }`.",
    ),
    entry(
        "E0243",
        "a value that breaks the promise of its type",
        "`int`, `symmetric(n)` and `spd(n)` promise something, and these numbers do not keep it. Before: \
         `param M : symmetric(2) = [1, 2; 3, 4]`; after: `[1, 2; 2, 4]`, or `matrix(2, 2)`.",
    ),
];
